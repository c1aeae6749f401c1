"""Decoding values by their VR (PS3.5 6.2) into what DICOM JSON holds (PS3.18 F.2), as pydicom would.

A converter gives the compact form of a value: the value itself where there is one text or number, else
the list of values; an empty list where there is none. What pydicom might see otherwise raises UnsureError
or ValueError, and pydicom converts the element.
"""

import math
from collections.abc import Callable
from struct import Struct, calcsize
from typing import Any

from catalog.dicom.causes import UnsureError
from catalog.dicom.charsets import Encodings, text_of
from catalog.dicom.reference import BINARY_VRS, LARGEST_INLINE, NOT_FINITE, bulk_of

Compact = Any
Converter = Callable[[bytes, Encodings], Compact]

# Integers beyond this are not the same once they have been a float, which pydicom makes of them.
_LARGEST_EXACT = 1 << 53


def compact(vr: str, value: bytes, encodings: Encodings) -> Compact:
    """The compact form of a value that is not a sequence."""
    if not value:
        return []
    if vr in BINARY_VRS or len(value) > LARGEST_INLINE:
        if len(value) % SIZES.get(vr, 1):
            raise UnsureError
        return {"Bulk": bulk_of(value).as_json()}
    convert = CONVERTERS.get(vr)
    if convert is None:
        raise UnsureError
    return convert(value, encodings)


def _code_string(value: bytes, _: Encodings) -> Compact:
    text = value.decode("latin-1").rstrip(" \0")
    return text.split("\\") if "\\" in text else text or []


def _application_entity(value: bytes, _: Encodings) -> Compact:
    text = value.decode("latin-1")
    return [part.strip() for part in text.split("\\")] if "\\" in text else text.strip() or []


def _unique_identifier(value: bytes, _: Encodings) -> Compact:
    text = value.decode("latin-1").rstrip("\0 ")
    return [part.strip() for part in text.split("\\")] if "\\" in text else text.strip() or []


def _resource_identifier(value: bytes, _: Encodings) -> Compact:
    return value.decode("latin-1").rstrip() or []


def _short_text(value: bytes, encodings: Encodings) -> Compact:
    text = text_of(value, encodings)
    if "\\" in text:
        return [part.rstrip("\0 ") for part in text.split("\\")]
    return text.rstrip("\0 ") or []


def _long_text(value: bytes, encodings: Encodings) -> Compact:
    return text_of(value, encodings).rstrip("\0 ") or []


def _person_name(value: bytes, encodings: Encodings) -> Compact:
    text = text_of(value.rstrip(b"\0 "), encodings)
    names = [_component_groups(name) for name in text.split("\\")]
    if len(names) == 1:
        return names if names[0] else []
    if not all(names):
        raise UnsureError
    return names


def _component_groups(name: str) -> dict[str, str]:
    """Alphabetic, ideographic and phonetic representation (PS3.5 6.2.1.1)."""
    groups = name.split("=")
    while groups and not groups[-1]:
        groups.pop()
    return dict(zip(("Alphabetic", "Ideographic", "Phonetic"), groups, strict=False))


def _decimal_string(value: bytes, _: Encodings) -> Compact:
    text = value.decode("latin-1").strip().rstrip(" \0")
    if "\\" in text:
        return [_finite(float(part)) for part in text.split("\\")]
    return _finite(float(text)) if text else []


def _finite(number: float) -> float | str:
    return number if math.isfinite(number) else NOT_FINITE[repr(number)]


def _integer_string(value: bytes, _: Encodings) -> Compact:
    text = value.decode("latin-1").rstrip(" \0")
    if "\\" in text:
        return [_exact(int(part)) for part in text.split("\\")]
    return _exact(int(text)) if text else []


def _exact(number: int) -> int:
    if not -_LARGEST_EXACT <= number <= _LARGEST_EXACT:
        raise UnsureError
    return number


def _attribute_tags(value: bytes, _: Encodings) -> Compact:
    words = _numbers("H")(value, _)
    if not isinstance(words, list) or len(words) % 2:
        raise UnsureError
    names = [f"{group:04X}{element:04X}" for group, element in zip(words[::2], words[1::2], strict=True)]
    return names if len(names) > 1 else names[0]


def _numbers(code: str) -> Converter:
    size = calcsize("<" + code)
    unpack_one = Struct("<" + code).unpack
    is_real = code in "fd"

    def convert(value: bytes, _: Encodings) -> Compact:
        count, rest = divmod(len(value), size)
        if rest:
            raise UnsureError
        if count == 1:
            (number,) = unpack_one(value)
            return _finite(number) if is_real else number
        numbers = Struct(f"<{count}{code}").unpack(value)
        return [_finite(number) for number in numbers] if is_real else list(numbers)

    return convert


# Bytes in one number.
SIZES = {"FD": 8, "FL": 4, "SL": 4, "SS": 2, "SV": 8, "UL": 4, "US": 2, "UV": 8}

CONVERTERS: dict[str, Converter] = {
    "AE": _application_entity,
    "AS": _code_string,
    "AT": _attribute_tags,
    "CS": _code_string,
    "DA": _code_string,
    "DS": _decimal_string,
    "DT": _code_string,
    "FD": _numbers("d"),
    "FL": _numbers("f"),
    "IS": _integer_string,
    "LO": _short_text,
    "LT": _long_text,
    "PN": _person_name,
    "SH": _short_text,
    "SL": _numbers("i"),
    "SS": _numbers("h"),
    "ST": _long_text,
    "SV": _numbers("q"),
    "TM": _code_string,
    "UC": _short_text,
    "UI": _unique_identifier,
    "UL": _numbers("I"),
    "UR": _resource_identifier,
    "US": _numbers("H"),
    "UT": _long_text,
    "UV": _numbers("Q"),
}
