"""Reading one object's header: raw top-level elements up to the pixel data, at the cost of the header."""

import hashlib
from bisect import bisect_left
from struct import Struct

from pydicom import uid

from catalog.dicom import pixels, reference, wire
from catalog.dicom.byte_source import BLOCK, MOST_HELD, ByteSource, InflatedSource
from catalog.dicom.causes import Cause, Unreadable, UnsureError
from catalog.dicom.elements import (
    Bulk,
    Entry,
    Preamble,
    RawElement,
    RawObject,
    Run,
    Shape,
    Trailing,
    Value,
)
from catalog.dicom.layouts import LayoutMemory
from catalog.dicom.tags import (
    FIRST_PIXEL_DATA,
    PIXEL_DATA,
    SPECIFIC_CHARACTER_SET,
    TRANSFER_SYNTAX_UID,
)

# One read of this many bytes holds the header of most objects.
FIRST_READ = 16 << 10
# A pixel data element's head, in explicit VR.
LONGEST_HEAD = 12
META_START = 132
NO_PREAMBLE = bytes(128)
NO_ELEMENTS: list[RawElement] = []

_long_length = Struct("<I").unpack_from

# Little endian, not deflated: what the fast reader knows for certain (PS3.5 annex A, PS3.6 table A-1).
KNOWN_SYNTAXES = {
    str(syntax) for syntax in uid.AllTransferSyntaxes if syntax.is_little_endian and not syntax.is_deflated
} - wire.REFERENCED_DEFLATED


def read_object(source: ByteSource, memory: LayoutMemory | None = None) -> RawObject:
    """Read a header; raises Unreadable, in pydicom's words where pydicom decided.

    With a `memory` the objects of one series, and the first ones of the series of one device, share what is the same
    in them, which makes reading and splitting several times faster; the result is the same without it. One
    memory serves one thread.
    """
    return read_with_source(source, memory)[0]


def read_with_source(source: ByteSource, memory: LayoutMemory | None = None) -> tuple[RawObject, ByteSource]:
    """As `read_object`; also the source that the offsets of left-out values refer to."""
    window = source.read_at(0, FIRST_READ)
    if not window:
        raise Unreadable(Cause.EMPTY_FILE)
    try:
        found, values = _read(source, window, memory)
    except UnsureError:
        found, values = reference.read_object(source), source
    if found.shape.is_media_directory:
        raise Unreadable(Cause.DICOMDIR)
    return found, values


class Header:
    """A header's bytes as far as they were read; huge values are left out, hashed as they stream by."""

    __slots__ = ("data", "left_out", "skipped", "source")

    def __init__(self, source: ByteSource, data: bytes) -> None:
        self.source = source
        self.data = data
        self.skipped = 0
        self.left_out: dict[int, Bulk] = {}

    def grow(self, size: int) -> bool:
        """Read on until `size` bytes are held; False where the source has no more."""
        held = len(self.data)
        if size > MOST_HELD:
            raise Unreadable(Cause.TOO_LARGE_HEADER, f"more than {MOST_HELD} bytes before the pixel data")
        more = self.source.read_at(held + self.skipped, size - held) if size > held else b""
        self.data += more
        return bool(more)

    def leave_out(self, tag: int, position: int, length: int) -> None:
        """Hash the value that starts at `position` and go on after it."""
        offset = position + self.skipped
        self.left_out[tag] = Bulk(length, sha256_of(self.source, offset, length), offset)
        self.skipped = offset + length - position
        self.data = self.data[:position] + self.source.read_at(offset + length, FIRST_READ)


def sha256_of(source: ByteSource, offset: int, length: int) -> str:
    """SHA-256 of a stretch of the source, read block by block."""
    digest = hashlib.sha256()
    end = offset + length
    while offset < end:
        block = source.read_at(offset, min(BLOCK, end - offset))
        if not block:
            raise UnsureError
        digest.update(block)
        offset += len(block)
    return digest.hexdigest()


def _read(source: ByteSource, window: bytes, memory: LayoutMemory | None) -> tuple[RawObject, ByteSource]:
    if window[128:META_START] != b"DICM":
        raise UnsureError
    if memory is None:
        header = Header(source, window)
        shape, end = _parse(header)
        return _finish(header, shape, [], end), header.source
    recalled = memory.recall(window)
    layout = recalled.layout
    if layout is not None:
        header = Header(source, window)
        if layout.extent > len(window):
            header.grow(layout.extent)
        match = layout.match(header.data, source.size)
        if match is not None:
            return _finish(header, *match), source
    # Begun anew, so that the outcome is the same as without a memory.
    header = Header(source, window)
    shape, end = _parse(header)
    if not header.left_out and header.source is source:
        memory.remember(recalled, shape, end)
    return _finish(header, shape, [], end), header.source


def _parse(header: Header) -> tuple[Shape, int]:
    """Walk the whole header; returns its shape, one run, and where the data set stopped."""
    entries: list[Entry] = []
    position = _walk_meta(header, entries)
    syntax = _transfer_syntax(header.data, entries)
    if syntax == uid.DeflatedExplicitVRLittleEndian and not isinstance(header.source, InflatedSource):
        header.source = InflatedSource(header.source, header.data[:position])
        header.data = header.data[:position]
        header.grow(position + FIRST_READ)
    elif syntax not in KNOWN_SYNTAXES and syntax != uid.DeflatedExplicitVRLittleEndian:
        raise UnsureError
    explicit = syntax != uid.ImplicitVRLittleEndian
    if len(header.data) < position + 8:
        header.grow(position + FIRST_READ)
    # What calls itself implicit and looks explicit is for pydicom to judge.
    if not explicit and wire.item_is_explicit(header.data, position, explicit=True):
        raise UnsureError
    end = _walk_dataset(header, position, entries, explicit=explicit)
    character_set = bisect_left(entries, (SPECIFIC_CHARACTER_SET,))
    if character_set < len(entries) and entries[character_set][0] == SPECIFIC_CHARACTER_SET:
        wire.check_character_set(header.data, entries[character_set])
    run = Run(header.data[META_START:end], entries, META_START, header.left_out)
    return Shape((run,), syntax, explicit=explicit), end


def _walk_meta(header: Header, entries: list[Entry]) -> int:
    """The file meta information, always explicit little endian (PS3.10 7.1); returns where it ends."""
    position = META_START
    while header.data[position : position + 2] == b"\2\0":
        entry = wire.element_at(header.data, position, explicit=True)
        if entry is None:
            if not header.grow(len(header.data) * 2):
                raise UnsureError
            continue
        if entries and entry[0] <= entries[-1][0]:
            raise UnsureError
        entries.append(entry)
        position = entry[4]
    return position


def _transfer_syntax(data: bytes, entries: list[Entry]) -> str:
    for tag, vr, _, start, end in entries:
        if tag == TRANSFER_SYNTAX_UID and vr == "UI":
            return data[start:end].decode("latin-1").rstrip("\0 ")
    raise UnsureError


def _walk_dataset(header: Header, position: int, entries: list[Entry], *, explicit: bool) -> int:
    """The data set up to its pixel data or its end; returns where it stopped."""
    limit = FIRST_PIXEL_DATA
    while True:
        position = wire.walk(header.data, position, entries, limit, explicit=explicit)
        if position + 8 > len(header.data):
            if not header.grow(max(len(header.data) * 2, FIRST_READ)):
                return position
            continue
        tag = wire.tag_at(header.data, position)
        if tag in PIXEL_DATA:
            return position
        if tag >= limit:
            limit = wire.EVERY_TAG
            continue
        position = _make_room(header, position, entries, explicit=explicit)


def _make_room(header: Header, position: int, entries: list[Entry], *, explicit: bool) -> int:
    """Deal with a value that the walk could not take: read on, or leave it out when it is huge."""
    # Four bytes of the value tell whether it may be a sequence.
    if position + LONGEST_HEAD + 4 > len(header.data) and header.grow(len(header.data) * 2):
        return position
    tag, vr, start, length = _head(header.data, position, explicit=explicit)
    if length == wire.NO_LENGTH:
        if not header.grow(len(header.data) * 2):
            raise UnsureError
        return position
    if start + length + header.skipped > header.source.size:
        raise UnsureError
    if length <= wire.LARGEST_VALUE or wire.is_sequence(header.data, (tag, vr, position, start, start)):
        if not header.grow(max(len(header.data) * 2, start + length + FIRST_READ)):
            raise UnsureError
        return position
    header.leave_out(tag, start, length)
    entries.append((tag, vr, position, start, start))
    return start


def _head(data: bytes, position: int, *, explicit: bool) -> tuple[int, str, int, int]:
    """Tag, VR, start of the value and length of the element at `position`."""
    tag = wire.tag_at(data, position)
    vr = data[position + 4 : position + 6].decode("latin-1") if explicit else wire.vr_of(tag)
    start = position + 8
    if explicit and vr not in wire.LONG_VRS:
        return tag, vr, start, int.from_bytes(data[start - 2 : start], "little")
    start += 4 if explicit else 0
    if start > len(data):
        raise UnsureError
    return tag, vr, start, _long_length(data, start - 4)[0]


def _finish(header: Header, shape: Shape, values: list[Value], end: int) -> RawObject:
    """Note what follows the header, hash it, and put the object together."""
    source, hashed = header.source, end
    pixel_data, trailing, elements = None, Trailing.NOTHING, NO_ELEMENTS
    leftover = source.size - header.skipped - end
    if leftover >= 8:
        leftover = 0
        header.grow(end + LONGEST_HEAD)
        pixel_data, hashed = pixels.locate(
            header.data, end, header.skipped, source.size, explicit=shape.explicit
        )
        trailing, elements = pixels.after(source, pixel_data, header.data, explicit=shape.explicit)
    digest = hashlib.blake2b(memoryview(header.data)[META_START:hashed], digest_size=16)
    for bulk in header.left_out.values():
        digest.update(bytes.fromhex(bulk.sha256))
    if elements:
        shape = shape.followed_by(elements)
        values = [*values, *(element.value for element in elements)]
        for element in elements:
            digest.update(wire.encoded(element, explicit=shape.explicit))
    preamble, preamble_sha256 = preamble_of(header.data)
    return RawObject(
        shape, values, digest.digest(), preamble, preamble_sha256, pixel_data, trailing, leftover
    )


def preamble_of(data: bytes) -> tuple[Preamble, str]:
    """What the preamble is, and its SHA-256 where it is filled."""
    if data.startswith(NO_PREAMBLE):
        return Preamble.ZERO, ""
    return Preamble.FILLED, hashlib.sha256(data[:128]).hexdigest()
