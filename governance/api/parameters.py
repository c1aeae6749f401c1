"""Query parameters as declarations: one line says the name, the schema, how to read it and what it does."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiParameter

from governance.api.errors import BadParameter

# PostgreSQL's bigint, which holds all our ids.
LARGEST = 2**63 - 1
# No control characters: NUL cannot be stored, and none of the others occurs in what is filtered by.
PRINTABLE = r"^[^\u0000-\u001f\u007f-\u009f]+$"


@dataclass(frozen=True, slots=True)
class Kind:
    """How a text of the URL becomes a value: `parse` raises ValueError when it cannot."""

    schema: Mapping[str, Any]
    parse: Callable[[str], Any]
    must_be: str


def whole_number(minimum: int = 1, maximum: int = LARGEST) -> Kind:
    """An integer within bounds."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.removeprefix("-").isdecimal()) or len(text) > 20:
            raise ValueError
        value = int(text)
        if not minimum <= value <= maximum:
            raise ValueError
        return value

    schema = {"type": "integer", "format": "int64", "minimum": minimum, "maximum": maximum}
    return Kind(schema, parse, f"a whole number from {minimum} to {maximum}")


def one_of(values: Iterable[str]) -> Kind:
    """One of a closed list of words."""
    allowed = list(values)

    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError
        return text

    return Kind({"type": "string", "enum": allowed}, parse, f"one of {', '.join(allowed)}")


def words(maximum: int = 128) -> Kind:
    """Any printable text."""

    def parse(text: str) -> str:
        if not 0 < len(text) <= maximum or any(ord(c) < 0x20 or 0x7F <= ord(c) <= 0x9F for c in text):
            raise ValueError
        return text

    schema = {"type": "string", "minLength": 1, "maxLength": maximum, "pattern": PRINTABLE}
    return Kind(schema, parse, f"text of 1 to {maximum} printable characters")


def moment() -> Kind:
    """A date and time with an offset (RFC 3339)."""

    def parse(text: str) -> datetime:
        # A plus sign in a URL that was not escaped arrives as a space.
        value = parse_datetime(text.replace(" ", "+") if text.count(" ") == 1 and "T" in text else text)
        if value is None or value.tzinfo is None:
            raise ValueError
        # PostgreSQL knows no offset of 16 hours or more.
        return value.astimezone(UTC)

    return Kind(
        {"type": "string", "format": "date-time"}, parse, "a date and time with an offset, as in RFC 3339"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One query parameter, whose value is `default` when it is not given.

    A `repeatable` one may be given several times, a `separated` one holds commas; both have a list for value. A
    `required` one has to be given.
    """

    name: str
    kind: Kind
    description: str
    repeatable: bool = False
    separated: bool = False
    default: Any = None
    required: bool = False

    def read(self, query: QueryDict) -> Any:
        """Return the parameter's value; raise BadParameter when it is unusable."""
        given = query.getlist(self.name)
        if not given and self.required:
            raise BadParameter(self.name, f"{self.name} has to be given.")
        if not given:
            return self.default
        if len(given) > 1 and not self.repeatable:
            raise BadParameter(self.name, f"{self.name} may be given only once.")
        if self.separated:
            given = given[0].split(",")
        try:
            values = [self.kind.parse(text) for text in given]
        except (ValueError, OverflowError) as error:
            raise BadParameter(self.name, f"{self.name} must be {self.kind.must_be}.") from error
        return values if self.repeatable or self.separated else values[0]

    def openapi(self) -> OpenApiParameter:
        """Return the parameter as drf-spectacular describes it."""
        schema: dict[str, Any] = dict(self.kind.schema)
        many = self.repeatable or self.separated
        if many:
            schema = {"type": "array", "items": schema, "minItems": 1}
        return OpenApiParameter(
            self.name,
            schema,
            OpenApiParameter.QUERY,
            required=self.required,
            description=self.description,
            style="form" if many else None,
            explode=self.repeatable if many else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter(Parameter):
    """A parameter that narrows a list: `apply` takes the queryset and the value."""

    apply: Callable[[Any, Any], Any]


def refuse_unknown(query: QueryDict, known: Iterable[Parameter]) -> None:
    """Raise BadParameter for a name that nobody declared: a misspelt filter must not widen a list."""
    names = {parameter.name for parameter in known}
    for name in query:
        if name not in names:
            # The name itself may be a value that was put in the wrong place, so only its shape is repeated.
            shown = name if name.isascii() and name.isidentifier() and len(name) <= 40 else "?"
            raise BadParameter(
                shown, "There is no such parameter here; /api/docs/ lists those that there are."
            )
