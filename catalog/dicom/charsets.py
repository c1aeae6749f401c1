"""Python's encodings for DICOM's character sets, as pydicom chooses them (PS3.3 C.12.1.1.2, PS3.5 6.1)."""

from functools import lru_cache

from pydicom.charset import convert_encodings, decode_bytes
from pydicom.valuerep import TEXT_VR_DELIMS

from catalog.dicom.causes import UnsureError
from catalog.dicom.quiet import quietly

Encodings = tuple[str, ...]

DEFAULT_ENCODINGS: Encodings = ("iso8859",)


@lru_cache(maxsize=1024)
def encodings_of(character_set: bytes) -> Encodings:
    """The encodings for a Specific Character Set (0008,0005) as written.

    Raises UnsureError for one at which pydicom stumbles.
    """
    parts = character_set.decode("latin-1").rstrip(" \0").split("\\")
    try:
        with quietly():
            return tuple(convert_encodings(parts if len(parts) > 1 else parts[0]))
    except ValueError:
        raise UnsureError from None


def text_of(value: bytes, encodings: Encodings) -> str:
    """Text in these encodings; escape sequences and what does not decode are pydicom's business."""
    if b"\x1b" not in value:
        try:
            return value.decode(encodings[0])
        except (UnicodeError, LookupError):
            pass
    with quietly():
        return decode_bytes(value, encodings, TEXT_VR_DELIMS)
