"""Walking encoded elements without decoding them (PS3.5 section 7), in little endian.

The walk is strict: whatever is not as the standard has it raises UnsureError, and pydicom reads the file.
"""

from struct import Struct

from pydicom.datadict import dictionary_VR

from catalog.dicom.causes import UnsureError
from catalog.dicom.charsets import encodings_of
from catalog.dicom.elements import (
    UNDEFINED_LENGTH,
    Bulk,
    Decoded,
    Entry,
    RawElement,
    UndefinedLength,
)
from catalog.dicom.tags import SPECIFIC_CHARACTER_SET, is_private

# PS3.5 tables 7.1-1 and 7.1-2: the VRs with a 32-bit length, and those with a 16-bit length.
LONG_VRS = frozenset(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"])
SHORT_VRS = frozenset(
    [
        "AE",
        "AS",
        "AT",
        "CS",
        "DA",
        "DS",
        "DT",
        "FD",
        "FL",
        "IS",
        "LO",
        "LT",
        "PN",
        "SH",
        "SL",
        "SS",
        "ST",
        "TM",
        "UI",
        "UL",
        "US",
    ]
)

# Deflated transfer syntaxes (PS3.5 A.7, A.9) that pydicom takes for plain ones.
REFERENCED_DEFLATED = frozenset({"1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"})

ITEM = b"\xfe\xff\x00\xe0"
ITEM_END = b"\xfe\xff\x0d\xe0"
SEQUENCE_END = b"\xfe\xff\xdd\xe0"
NO_LENGTH = 0xFFFFFFFF
EVERY_TAG = 1 << 32
# A single value above this, sequences aside, is hashed as it streams by and never held.
LARGEST_VALUE = 1 << 20
# pydicom recurses as well; what nests deeper than this is no header that anybody made on purpose.
DEEPEST = 32

_explicit_head = Struct("<6sH").unpack_from
_implicit_head = Struct("<4sI").unpack_from
_long_length = Struct("<I").unpack_from
_tag_words = Struct("<HH").unpack_from
_tag_pack = Struct("<HH").pack
_long_pack = Struct("<I").pack
_short_pack = Struct("<H").pack

# (tag, VR, whether the length has 32 bits), by the first six bytes of an explicit element.
Head = tuple[int, str, bool]
_explicit_heads: dict[bytes, Head] = {}
# (tag, dictionary VR or ''), by the first four bytes of an implicit element.
_implicit_tags: dict[bytes, tuple[int, str]] = {}
# Mutated files may hold any tag; the real vocabulary is some ten thousand.
_MOST_REMEMBERED = 1 << 16


def tag_at(data: bytes, position: int) -> int:
    """The tag whose four bytes start at `position`."""
    group, element = _tag_words(data, position)
    return int(group << 16 | element)


def vr_of(tag: int) -> str:
    """The VR that PS3.6 gives to a tag, '' for private and unknown ones; may be 'US or SS' and the like."""
    if is_private(tag):
        return ""
    try:
        return str(dictionary_VR(tag))
    except KeyError:
        return ""


def _learn_explicit(key: bytes) -> Head:
    tag, vr = tag_at(key, 0), key[4:].decode("latin-1")
    is_long = vr in LONG_VRS
    # Group 0000 belongs to messages, FFFE to the delimiters of sequences.
    if not (is_long or vr in SHORT_VRS) or tag >> 16 in (0x0000, 0xFFFE):
        raise UnsureError
    head = (tag, vr, is_long)
    if len(_explicit_heads) < _MOST_REMEMBERED:
        _explicit_heads[key] = head
    return head


def _learn_implicit(key: bytes) -> tuple[int, str]:
    tag = tag_at(key, 0)
    if tag >> 16 in (0x0000, 0xFFFE):
        raise UnsureError
    known = (tag, vr_of(tag))
    if len(_implicit_tags) < _MOST_REMEMBERED:
        _implicit_tags[key] = known
    return known


def element_at(data: bytes, position: int, *, explicit: bool, depth: int = 0) -> Entry | None:
    """The element that starts at `position`, or None where `data` ends before it does."""
    if position + 8 > len(data):
        return None
    if not explicit:
        return _implicit_element(data, position, depth)
    key, length = _explicit_head(data, position)
    tag, vr, is_long = _explicit_heads.get(key) or _learn_explicit(key)
    start = position + 8
    if is_long:
        start += 4
        if start > len(data):
            return None
        (length,) = _long_length(data, start - 4)
        if length == NO_LENGTH:
            if vr not in ("SQ", "UN"):
                raise UnsureError
            end = end_of_items(data, start, explicit=True, depth=depth)
            return None if end is None else (tag, "SQ" if vr == "SQ" else "UN", position, start, end)
    end = start + length
    return None if end > len(data) else (tag, vr, position, start, end)


def _implicit_element(data: bytes, position: int, depth: int) -> Entry | None:
    key, length = _implicit_head(data, position)
    tag, vr = _implicit_tags.get(key) or _learn_implicit(key)
    start = position + 8
    if length != NO_LENGTH:
        end: int | None = start + length
        return None if start + length > len(data) else (tag, vr, position, start, start + length)
    if start + 4 > len(data):
        return None
    # Where no dictionary knows the tag, the items themselves tell that it is a sequence.
    if vr != "SQ" and (vr or data[start : start + 4] != ITEM):
        raise UnsureError
    end = end_of_items(data, start, explicit=False, depth=depth)
    return None if end is None else (tag, "SQ", position, start, end)


def end_of_items(data: bytes, position: int, *, explicit: bool, depth: int) -> int | None:
    """Where a sequence of undefined length ends, its delimitation item included; None if `data` ends before."""
    if depth > DEEPEST:
        raise UnsureError
    while True:
        if position + 8 > len(data):
            return None
        key, length = _implicit_head(data, position)
        position += 8
        if key == SEQUENCE_END:
            return position
        if key != ITEM:
            raise UnsureError
        end = end_of_item(data, position, length, explicit=explicit, depth=depth)
        if end is None:
            return None
        position = end


def check_character_set(data: bytes, entry: Entry) -> None:
    """Leave to pydicom a Specific Character Set at which it stumbles while it reads."""
    if entry[1] != "CS":
        raise UnsureError
    encodings_of(data[entry[3] : entry[4]])


def item_is_explicit(data: bytes, position: int, *, explicit: bool) -> bool:
    """Whether an item is in explicit VR: items of an explicit data set may be implicit (PS3.5 6.2.2, note 2).

    Tells by the first element's VR, exactly as pydicom does.
    """
    vr = data[position + 4 : position + 6]
    return explicit and (len(vr) < 2 or (0x40 < vr[0] < 0x5B and 0x40 < vr[1] < 0x5B))


def end_of_item(data: bytes, position: int, length: int, *, explicit: bool, depth: int) -> int | None:
    """Where the item whose content starts at `position` ends; None if `data` ends before it."""
    end = EVERY_TAG if length == NO_LENGTH else position + length
    if length != NO_LENGTH and end > len(data):
        return None
    if position + 6 > len(data):
        return end if not length else None
    explicit = item_is_explicit(data, position, explicit=explicit)
    while position < end:
        if data[position : position + 4] == ITEM_END:
            if length != NO_LENGTH:
                raise UnsureError
            return position + 8 if position + 8 <= len(data) else None
        entry = element_at(data, position, explicit=explicit, depth=depth + 1)
        if entry is None:
            if length != NO_LENGTH:
                raise UnsureError
            return None
        if entry[0] == SPECIFIC_CHARACTER_SET:
            check_character_set(data, entry)
        position = entry[4]
    # An element that overruns its item would lead pydicom elsewhere.
    if position != end:
        raise UnsureError
    return position


def length_of(entry: Entry) -> int:
    """The length of an element's value."""
    return entry[4] - entry[3]


def is_sequence(data: bytes, entry: Entry) -> bool:
    """Whether an element is a sequence, or may be one: where the VR is not known, its items tell."""
    return entry[1] == "SQ" or (entry[1] in ("", "UN") and data[entry[3] : entry[3] + 4] == ITEM)


def walk(data: bytes, position: int, entries: list[Entry], limit: int, *, explicit: bool) -> int:
    """Append an entry for each whole element from `position` up to the tag `limit`.

    Returns where the walk stopped: at an element of `limit` or above, at one that `data` does not hold
    whole, at a huge value, or at the end. Tags must ascend (PS3.5 7.1).
    """
    last = entries[-1][0] if entries else -1
    if not explicit:
        return _walk_implicit(data, position, entries, limit, last)
    size = len(data)
    append, heads, head_at = entries.append, _explicit_heads, _explicit_head
    while position + 8 <= size:
        key, length = head_at(data, position)
        tag, vr, is_long = heads.get(key) or _learn_explicit(key)
        if tag >= limit:
            break
        if tag <= last:
            raise UnsureError
        if is_long:
            entry = element_at(data, position, explicit=True)
            if entry is None or (length_of(entry) > LARGEST_VALUE and not is_sequence(data, entry)):
                break
            append(entry)
            position = entry[4]
        else:
            end = position + 8 + length
            if end > size:
                break
            append((tag, vr, position, position + 8, end))
            position = end
        last = tag
    return position


def _walk_implicit(data: bytes, position: int, entries: list[Entry], limit: int, last: int) -> int:
    size = len(data)
    while position + 8 <= size:
        tag = tag_at(data, position)
        if tag >= limit:
            break
        if tag <= last:
            raise UnsureError
        entry = _implicit_element(data, position, 0)
        if entry is None or (length_of(entry) > LARGEST_VALUE and not is_sequence(data, entry)):
            break
        entries.append(entry)
        position, last = entry[4], tag
    return position


def encoded(element: RawElement, *, explicit: bool) -> bytes:
    """An element as bytes: its head with its length, then its value (of a left-out value, its SHA-256)."""
    tag, vr, value = element
    if isinstance(value, Decoded):
        return _tag_pack(tag >> 16, tag & 0xFFFF) + value.canonical
    if isinstance(value, Bulk):
        length, content = value.length, bytes.fromhex(value.sha256)
    else:
        length, content = len(value), bytes(value)
    if isinstance(value, UndefinedLength):
        length = NO_LENGTH
    return head_bytes(tag, vr, length, explicit=explicit or tag >> 16 == 2) + content


def head_bytes(tag: int, vr: str, length: int, *, explicit: bool) -> bytes:
    """The tag, the VR where it is written, and the length (PS3.5 7.1)."""
    start = _tag_pack(tag >> 16, tag & 0xFFFF)
    if not explicit:
        return start + _long_pack(length)
    if vr in LONG_VRS:
        return start + vr.encode("latin-1") + b"\0\0" + _long_pack(length)
    return start + vr.encode("latin-1") + _short_pack(length)


def value_of(data: bytes, start: int, end: int) -> bytes:
    """The value between two offsets, marked where the length before it is undefined."""
    value = data[start:end]
    return UndefinedLength(value) if data[start - 4 : start] == UNDEFINED_LENGTH else value
