"""Where the pixel data is, and what comes after it; the pixels themselves are never read."""

from struct import Struct

from catalog.dicom import wire
from catalog.dicom.byte_source import ByteSource
from catalog.dicom.causes import UnsureError
from catalog.dicom.elements import Entry, PixelData, RawElement, Trailing

# Elements after the pixel data (padding, signatures) are few and small; more is noted, not read.
MOST_TRAILING = 1 << 20
# Fragment heads walked where a file does not end as encapsulated pixel data does.
MOST_FRAGMENTS = 4096
ENCAPSULATED_END = wire.SEQUENCE_END + bytes(4)
NO_ELEMENTS: list[RawElement] = []

_item_head = Struct("<4sI").unpack
_long_length = Struct("<I").unpack_from


def locate(data: bytes, position: int, skipped: int, size: int, *, explicit: bool) -> tuple[PixelData, int]:
    """The pixel data element whose head is at `position`; also where its value starts in `data`."""
    tag = wire.tag_at(data, position)
    start = position + (12 if explicit else 8)
    if start > len(data):
        raise UnsureError
    vr = data[position + 4 : position + 6].decode("latin-1") if explicit else ""
    if explicit and vr not in wire.LONG_VRS:
        raise UnsureError
    length = _long_length(data, start - 4)[0]
    offset = start + skipped
    if length == wire.NO_LENGTH:
        return PixelData(tag, vr, offset, None), start
    return PixelData(tag, vr, offset, length, max(0, offset + length - size)), start


def after(
    source: ByteSource, pixel_data: PixelData, data: bytes, *, explicit: bool
) -> tuple[Trailing, list[RawElement]]:
    """What follows the pixel data, looked at without reading the pixels (PS3.5 8, A.4)."""
    size = source.size
    end: int | None
    if pixel_data.length is not None:
        end = defined_end = pixel_data.offset + pixel_data.length
        if defined_end >= size:
            return Trailing.NOTHING, NO_ELEMENTS
    else:
        tail = data[-8:] if len(data) == size else source.read_at(size - 8, 8)
        if tail == ENCAPSULATED_END:
            return Trailing.NOTHING, NO_ELEMENTS
        end = _end_of_fragments(source, pixel_data.offset)
    if end is None or size - end > MOST_TRAILING:
        return Trailing.NOT_LOOKED_AT, NO_ELEMENTS
    elements = _elements(source.read_at(end, size - end), pixel_data.tag, explicit=explicit)
    return (Trailing.NOT_LOOKED_AT, NO_ELEMENTS) if elements is None else (Trailing.READ, elements)


def _end_of_fragments(source: ByteSource, position: int) -> int | None:
    """Where encapsulated pixel data ends, found by the heads of its items alone; None when unknown."""
    for _ in range(MOST_FRAGMENTS):
        head = source.read_at(position, 8)
        if len(head) < 8:
            return None
        key, length = _item_head(head)
        position += 8
        if key == wire.SEQUENCE_END:
            return position
        if key != wire.ITEM or length == wire.NO_LENGTH:
            return None
        position += length
    return None


def _elements(data: bytes, last: int, *, explicit: bool) -> list[RawElement] | None:
    """The elements that `data` consists of, all with tags above `last`; None when it is anything else."""
    entries: list[Entry] = []
    try:
        end = wire.walk(data, 0, entries, wire.EVERY_TAG, explicit=explicit)
    except UnsureError:
        return None
    if end != len(data) or not entries or entries[0][0] <= last:
        return None
    return [RawElement(tag, vr, wire.value_of(data, start, stop)) for tag, vr, _, start, stop in entries]
