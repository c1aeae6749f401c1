"""Rows as serializers see them: only through catalog.masking, so that no field can read a raw column."""

from typing import Any

from django.db.models import Model
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.identifying import kind_of
from catalog.masking.rows import MaskedRow, masker_of
from catalog.sight import sight_of
from governance.api.selection import SelectableSerializer


class ShownRow(MaskedRow):
    """A masked row that also gives the members of a list column one by one."""

    __slots__ = ()

    @property
    def unmasked(self) -> Model:
        """The row itself, for what decides by itself whether it may be shown."""
        return self._row

    def members(self, column: str) -> list[str]:
        """Return what may be shown of each member, each text once."""
        kind = kind_of(type(self._row).__name__, column)
        shown = (self._masker.column(kind, member) for member in getattr(self._row, column))
        return list(dict.fromkeys(shown))


class MaskedSerializer(SelectableSerializer):
    """Serializes a row of the catalogue after masking it, lens or not: what a lens shows stands apart."""

    def to_representation(self, instance: Model) -> dict[str, Any]:
        sight_of(self.context["request"]).note(instance)
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


@extend_schema_field({"type": "object", "additionalProperties": True})
class Revealed(serializers.Field):
    """The identifying columns as they are; null where the request carries no lens that reaches the row."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, source="*", allow_null=True, **options)

    def to_representation(self, value: ShownRow) -> dict[str, Any] | None:
        return sight_of(self.context["request"]).revealed(value.unmasked)
