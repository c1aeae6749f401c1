"""Rows as serializers see them: only through catalog.masking, so that no field can read a raw column."""

from typing import Any

from django.db.models import Model
from rest_framework import serializers

from catalog.identifying import kind_of
from catalog.masking.rows import MaskedRow, masker_of
from governance.api.selection import SelectableSerializer


class ShownRow(MaskedRow):
    """A masked row that also gives the members of a list column one by one."""

    __slots__ = ()

    def members(self, column: str) -> list[str]:
        """Return what may be shown of each member, each text once."""
        kind = kind_of(type(self._row).__name__, column)
        shown = (self._masker.column(kind, member) for member in getattr(self._row, column))
        return list(dict.fromkeys(shown))


class MaskedSerializer(SelectableSerializer):
    """Serializes a row of the catalogue after masking it."""

    def to_representation(self, instance: Model) -> dict[str, Any]:
        return super().to_representation(ShownRow(instance, masker_of(instance)))


class ShownText(serializers.CharField):
    """What may be shown of a text, a UID or a path; empty when there is nothing."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)


class ShownInteger(serializers.IntegerField):
    """What may be shown of a date (its year) or of a number; null when that is nothing."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, allow_null=True, **options)

    def to_representation(self, value: Any) -> int | None:  # type: ignore[override]
        text = str(value)
        return int(text) if text.removeprefix("-").isdecimal() else None


class ShownMembers(serializers.ListField):
    """What may be shown of the members of a list column."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, child=serializers.CharField(), **options)

    def get_attribute(self, instance: ShownRow) -> list[str]:
        return instance.members(str(self.source))


class RowId(serializers.IntegerField):
    """The id of a row, or of the row that it belongs to."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, min_value=1, **options)


class HowMany(serializers.IntegerField):
    """A number of things or bytes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, min_value=0, **options)


class Moment(serializers.DateTimeField):
    """When we did something: says nothing about when the patient was there."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)
