"""Request bodies read as they are written: a number in quotes is no number, a misspelt member no default."""

from datetime import datetime
from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from governance.api.parameters import moment


class StrictBody(serializers.Serializer[Any]):
    """A body that may hold no member other than its fields."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and set(data) - set(self.fields):
            raise ValidationError({"non_field_errors": ["The body holds a member that is not known here."]})
        return super().to_internal_value(data)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Look up whoever is named when nothing else is wrong: a body that would do nothing tells of no account."""
        said = super().run_validation(data)
        for name, field in self.fields.items():
            look_up = getattr(field, "look_up", None)
            if look_up is not None and isinstance(said.get(name), str):
                try:
                    said[name] = look_up(said[name])
                except ValidationError as unknown:
                    raise ValidationError({name: unknown.detail}) from None
        return said


class StrictInteger(serializers.IntegerField):
    """A JSON integer, which 1.0 is too (JSON Schema Validation section 6.1.1). DRF takes "1" and true as well."""

    def to_internal_value(self, data: Any) -> int:
        is_whole = isinstance(data, int) or (isinstance(data, float) and data.is_integer())
        if not is_whole or isinstance(data, bool):
            self.fail("invalid")
        return int(data)


class StrictBoolean(serializers.BooleanField):
    """JSON's true or false. DRF takes "t", 1 and "off" as well."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise ValidationError("Must be true or false.")
        return data


class StrictText(serializers.CharField):
    """A JSON string without control characters, as it stands. DRF takes numbers as well, and trims."""

    def __init__(self, **options: Any) -> None:
        printable = RegexValidator(r"^[^\x00-\x1f\x7f-\x9f]+\Z", "Control characters cannot be used.")
        super().__init__(trim_whitespace=False, validators=[printable], **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictMoment(serializers.DateTimeField):
    """A date and time with an offset (RFC 3339). DRF takes one without, and guesses where it was meant."""

    def to_internal_value(self, value: Any) -> datetime:
        kind = moment()
        try:
            parsed: datetime = kind.parse(value)
        except (TypeError, ValueError, OverflowError, AttributeError) as error:
            raise ValidationError(f"Must be {kind.must_be}.") from error
        return parsed
