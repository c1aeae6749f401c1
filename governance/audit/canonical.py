"""Canonical bytes of an event: the JSON Canonicalization Scheme (RFC 8785), for the values that events hold."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

# Integers beyond this are not the same number to every reader of JSON (RFC 7493 section 2.2).
_LARGEST = 2**53 - 1


class NotCanonical(ValueError):
    """A value that has no one form in every reader of JSON; the message names the place, not the value."""


def canonical(event: Mapping[str, Any]) -> bytes:
    """Return the bytes that RFC 8785 gives to an event of texts, whole numbers, yes and no, null, lists, objects.

    Fractions are refused: their shortest form differs between languages, and no event needs one. Member names are
    ASCII, for which the order by code points is the order by UTF-16 units that the scheme demands (section 3.2.3).
    Raises NotCanonical.
    """
    _check(event, "$")
    try:
        return orjson.dumps(event, option=orjson.OPT_SORT_KEYS)
    except (TypeError, orjson.JSONEncodeError):
        raise NotCanonical("A text holds half a surrogate pair.") from None


def _check(value: Any, place: str) -> None:
    match value:
        case None | bool():
            return
        case int():
            if abs(value) > _LARGEST:
                raise NotCanonical(f"{place}: whole numbers go to 2^53 - 1.")
        case str():
            return
        case Mapping():
            for name, member in value.items():
                if not isinstance(name, str) or not name.isascii():
                    raise NotCanonical(f"{place}: a member's name is not ASCII.")
                _check(member, f"{place}.{name}")
        case Sequence() if not isinstance(value, bytes | bytearray):
            for number, member in enumerate(value):
                _check(member, f"{place}[{number}]")
        case _:
            raise NotCanonical(f"{place}: {type(value).__name__} has no canonical form.")
