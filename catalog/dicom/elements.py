"""One object's header as raw elements, held so that the objects of a series share what is the same."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from catalog.dicom.tags import MEDIA_STORAGE_SOP_CLASS_UID, SPECIFIC_CHARACTER_SET

Json = dict[str, Any]

# Where one element lies: tag, VR ('' or the dictionary's where the encoding is implicit), and the offsets
# of its first byte, of its value and of the byte after its value.
Entry = tuple[int, str, int, int, int]

MEDIA_STORAGE_DIRECTORY = b"1.2.840.10008.1.3.10"
# Memory that decoded JSON takes, for each byte of it written out.
DECODED_PER_BYTE = 10
UNDEFINED_LENGTH = b"\xff\xff\xff\xff"


class UndefinedLength(bytes):
    """The value of a sequence of undefined length, its delimitation item included (PS3.5 7.5.1)."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UndefinedLength) and bytes.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = bytes.__hash__


@dataclass(frozen=True, slots=True)
class Bulk:
    """A value that is known by its length in bytes and SHA-256 only; `offset` is where it starts."""

    length: int
    sha256: str
    offset: int = field(default=0, compare=False)

    def as_json(self) -> Json:
        """As headers keep it."""
        return {"length": self.length, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Decoded:
    """An element that pydicom has read and decoded; `canonical` is its JSON as bytes, to compare and hash."""

    json: Json = field(compare=False)
    canonical: bytes


Value = bytes | Bulk | Decoded


class RawElement(NamedTuple):
    """One element: its tag, its VR as written (empty where none is written or known), its value undecoded."""

    tag: int
    vr: str
    value: Value


class Run:
    """Consecutive elements as one piece of bytes; equal runs are the same object across a series."""

    def __init__(
        self, raw: bytes, entries: list[Entry], base: int, left_out: Mapping[int, Bulk] | None = None
    ) -> None:
        self.raw = raw
        self.entries = entries
        self.base = base
        self.size = len(raw)
        self._left_out = left_out or {}

    @cached_property
    def elements(self) -> dict[int, RawElement]:
        """The elements by tag."""
        raw, base = self.raw, self.base
        # RawElement(…) by its own name costs three times as much, and this is done for every element.
        new = tuple.__new__
        found = {
            tag: new(RawElement, (tag, vr, raw[start - base : end - base]))
            for tag, vr, _, start, end in self.entries
        }
        if UNDEFINED_LENGTH in raw or self._left_out:
            for entry in self.entries:
                found[entry[0]] = self._element(entry)
        return found

    def element(self, tag: int) -> RawElement | None:
        """One element, or None."""
        number = bisect_left(self.entries, (tag,))
        if number == len(self.entries) or self.entries[number][0] != tag:
            return None
        return self._element(self.entries[number])

    def _element(self, entry: Entry) -> RawElement:
        tag, vr, _, start, end = entry
        if tag in self._left_out:
            return RawElement(tag, vr, self._left_out[tag])
        start -= self.base
        value = self.raw[start : end - self.base]
        is_undefined = self.raw[start - 4 : start] == UNDEFINED_LENGTH
        return RawElement(tag, vr, UndefinedLength(value) if is_undefined else value)

    def part(self, first: int, last: int) -> "Run":
        """The run of the elements number `first` up to, not including, `last`."""
        entries = self.entries[first:last]
        start, end = entries[0][2], entries[-1][4]
        return Run(self.raw[start - self.base : end - self.base], entries, start)


class Slot:
    """The place of an element whose value each object holds for itself."""

    __slots__ = ("head", "is_long", "tag", "vr")

    def __init__(self, tag: int, vr: str, head: bytes = b"", *, is_long: bool = False) -> None:
        self.tag = tag
        self.vr = vr
        self.head = head
        self.is_long = is_long


class Shape:
    """What the headers of several objects have in common: runs of equal bytes, and slots for the rest."""

    def __init__(
        self, segments: tuple[Run | Slot, ...], transfer_syntax: str, *, explicit: bool, decoded: bool = False
    ) -> None:
        self.segments = segments
        self.transfer_syntax = transfer_syntax
        self.explicit = explicit
        self.decoded = decoded
        self.slots = tuple(segment for segment in segments if isinstance(segment, Slot))
        self._longer: dict[tuple[tuple[int, str], ...], Shape] = {}

    @cached_property
    def fixed(self) -> dict[int, RawElement]:
        """The elements that every object of this shape holds alike."""
        if len(self.segments) == 1 and isinstance(self.segments[0], Run):
            return self.segments[0].elements
        fixed: dict[int, RawElement] = {}
        for segment in self.segments:
            if isinstance(segment, Run):
                fixed.update(segment.elements)
        return fixed

    @cached_property
    def run_bytes(self) -> int:
        """How many bytes its runs hold."""
        return sum(segment.size for segment in self.segments if isinstance(segment, Run))

    @cached_property
    def slot_numbers(self) -> dict[int, int]:
        """Which slot holds which tag."""
        return {slot.tag: number for number, slot in enumerate(self.slots)}

    @cached_property
    def is_media_directory(self) -> bool:
        """Whether the media storage SOP class is that of a DICOMDIR (PS3.10 8.6); no slot holds it."""
        found = self.element(MEDIA_STORAGE_SOP_CLASS_UID)
        return found is not None and found.value == MEDIA_STORAGE_DIRECTORY

    def element(self, tag: int) -> RawElement | None:
        """One of the elements that every object of this shape holds alike, or None."""
        if len(self.segments) == 1 and isinstance(self.segments[0], Run):
            return self.segments[0].element(tag)
        return self.fixed.get(tag)

    def followed_by(self, elements: list[RawElement]) -> "Shape":
        """This shape with slots for further elements at its end; the same object for the same elements."""
        key = tuple((element.tag, element.vr) for element in elements)
        longer = self._longer.get(key)
        if longer is None:
            slots = tuple(Slot(tag, vr) for tag, vr in key)
            longer = Shape(
                (*self.segments, *slots), self.transfer_syntax, explicit=self.explicit, decoded=self.decoded
            )
            self._longer[key] = longer
        return longer


class Preamble(StrEnum):
    """What the first 128 bytes of the file are (PS3.10 7.1)."""

    ABSENT = "absent"
    ZERO = "zero"
    FILLED = "filled"


@dataclass(frozen=True, slots=True)
class PixelData:
    """Where the pixel data is; `length` is None where it is encapsulated (PS3.5 A.4).

    `missing` counts the declared bytes that the file does not hold.
    """

    tag: int
    vr: str
    offset: int
    length: int | None
    missing: int = 0


def _held(value: Value) -> int:
    if isinstance(value, Decoded):
        return DECODED_PER_BYTE * len(value.canonical)
    return len(value) if isinstance(value, bytes) else 0


class Trailing(StrEnum):
    """What is known of the bytes after the pixel data or after the last element."""

    NOTHING = "nothing"
    READ = "read"
    NOT_LOOKED_AT = "not_looked_at"


@dataclass(slots=True)
class RawObject:
    """One object's header: its top-level elements up to the pixel data, and those after it, undecoded.

    `content_hash` is 16 bytes of BLAKE2b over the elements as they are encoded and the pixel data's
    declared length. `preamble_sha256` is set where the preamble is filled. `leftover` counts bytes after
    the last element that are too few to be one.
    """

    shape: Shape
    values: list[Value]
    content_hash: bytes
    preamble: Preamble
    preamble_sha256: str = ""
    pixel_data: PixelData | None = None
    trailing: Trailing = Trailing.NOTHING
    leftover: int = 0

    @property
    def transfer_syntax(self) -> str:
        """The transfer syntax UID; empty where the file does not name one."""
        return self.shape.transfer_syntax

    @property
    def character_set(self) -> str:
        """The Specific Character Set (0008,0005) as written, without padding; empty for the default."""
        element = self.element(SPECIFIC_CHARACTER_SET)
        if element is None:
            return ""
        if isinstance(element.value, Decoded):
            return "\\".join(str(part) for part in element.value.json.get("Value", []))
        return element.value.decode("latin-1").rstrip(" \0") if isinstance(element.value, bytes) else ""

    @property
    def held_bytes(self) -> int:
        """About how many bytes of memory the header takes, shared runs included."""
        return self.shape.run_bytes + sum(map(_held, self.values))

    @property
    def elements(self) -> dict[int, RawElement]:
        """All elements by tag, file meta information included."""
        found = dict(self.shape.fixed)
        for slot, value in zip(self.shape.slots, self.values, strict=True):
            found[slot.tag] = RawElement(slot.tag, slot.vr, value)
        return dict(sorted(found.items()))

    def element(self, tag: int) -> RawElement | None:
        """One element, or None."""
        number = self.shape.slot_numbers.get(tag)
        if number is None:
            return self.shape.element(tag)
        return RawElement(tag, self.shape.slots[number].vr, self.values[number])
