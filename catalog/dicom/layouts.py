"""Reading an object by what it has in common with those before it in its series, or of its device.

Files of one series have nearly the same bytes in nearly the same order; those of one device have most of them. A layout is what is known of
them: runs of bytes that were alike in all, and slots for elements that were not. Where a run's bytes
stand at the position reached, its elements are there too: what the walk finds from a position depends on
the bytes from there on only, and those are equal. Only slots are parsed. A layout never decides: what does
not fit is walked from the beginning as if there were no layout.
"""

from collections import OrderedDict
from struct import Struct
from struct import error as struct_error
from typing import NamedTuple

from catalog.dicom import wire
from catalog.dicom.causes import UnsureError
from catalog.dicom.elements import Entry, Run, Shape, Slot, Value
from catalog.dicom.tags import (
    MEDIA_STORAGE_SOP_CLASS_UID,
    PIXEL_DATA,
    SPECIFIC_CHARACTER_SET,
    TRANSFER_SYNTAX_UID,
    always_varies,
)

META_START = 132
# Series at once in a folder without order; each costs about two headers.
MOST_LAYOUTS = 256
MOST_BYTES = 16 << 20
# Longer headers are those of multi-frame objects, which are mostly alone in their series.
LONGEST_HEADER = 256 << 10
# Of all series of a device, none shall be read further than the first read goes because one was long.
LONGEST_OF_DEVICE = 15 << 10
# A layout in more pieces than this is no faster than walking, and is begun anew.
MOST_SLOTS = 96
# Objects in a row that a layout may fail to read before it is begun anew.
MOST_MISSES = 3
# Bytes that a header may be longer than the first of its series and still be read in one go.
EXTENT_MARGIN = 512
# Series at once in a folder without order that have begun.
MOST_BEGUN = 4096
# Shapes of one layout (objects with and without some elements) before it is begun anew.
MOST_SHAPES = 64

KINDS_OF_FILE = frozenset({TRANSFER_SYNTAX_UID, MEDIA_STORAGE_SOP_CLASS_UID, SPECIFIC_CHARACTER_SET})
# The tags that keys of layouts are made of, as little endian has them.
_TRANSFER_SYNTAX, _SOP_CLASS = b"\x02\x00\x10\x00", b"\x08\x00\x16\x00"
_MANUFACTURER, _STATION, _MODEL = b"\x08\x00\x70\x00", b"\x08\x00\x10\x10", b"\x08\x00\x90\x10"
_SERIES, _CHARACTER_SET = b"\x20\x00\x0e\x00", b"\x08\x00\x05\x00"
_OF_DEVICE = (_TRANSFER_SYNTAX, _SOP_CLASS, _CHARACTER_SET, _MANUFACTURER, _MODEL, _STATION)
_short_length = Struct("<H").unpack_from

Match = tuple[Shape, list[Value], int]


class LayoutMemory:
    """The layouts of the series and of the devices met last; one for each thread that reads."""

    def __init__(self, most: int = MOST_LAYOUTS) -> None:
        self._layouts: OrderedDict[bytes, Layout] = OrderedDict()
        self._begun: set[bytes] = set()
        self._most = most
        self._held = 0

    def recall(self, data: bytes) -> "Recalled":
        """The layout to try on an object, if there is one.

        An object that opens its series is like the others of its device, and may well stay alone: it is tried
        with the layout of those. From the second on, a series has a layout of its own.
        """
        series = _series_of(data)
        layout = self._find(series)
        if layout is not None or series in self._begun:
            return Recalled(series, b"", layout)
        if len(self._begun) == MOST_BEGUN:
            self._begun.clear()
        self._begun.add(series)
        device = _device_of(data)
        return Recalled(series, device, self._find(device))

    def _find(self, key: bytes) -> "Layout | None":
        layout = self._layouts.get(key)
        if layout is not None:
            self._layouts.move_to_end(key)
        return layout

    def remember(self, recalled: "Recalled", shape: Shape, end: int) -> None:
        """Begin a layout with an object that none was found for, or fitted, and whose whole header is one run.

        A layout that failed for a few odd objects only is kept.
        """
        key = recalled.device if recalled.device and end <= LONGEST_OF_DEVICE else recalled.series
        known = self._layouts.get(key)
        if end > LONGEST_HEADER or (known is not None and not known.is_worn_out):
            return
        self._held += end - (known.length if known is not None else 0)
        self._layouts[key] = Layout(shape, end)
        self._layouts.move_to_end(key)
        while len(self._layouts) > self._most or self._held > MOST_BYTES:
            _, oldest = self._layouts.popitem(last=False)
            self._held -= oldest.length


class Recalled(NamedTuple):
    """Under what an object's layout may stand, and the layout; `device` is empty where the series has begun."""

    series: bytes
    device: bytes
    layout: "Layout | None"


def _series_of(data: bytes) -> bytes:
    """A guess at transfer syntax and series of an object, good enough to find a layout to try."""
    return _SERIES.join([_guess(data, tag) for tag in (_TRANSFER_SYNTAX, _SERIES)])


def _device_of(data: bytes) -> bytes:
    """A guess at transfer syntax, class of object, character set and device."""
    return _MODEL.join([_guess(data, tag) for tag in _OF_DEVICE])


def _guess(data: bytes, tag: bytes) -> bytes:
    """The value after the first bytes that look like the tag, which may stand in some other value."""
    position = data.find(tag, META_START, -8)
    if position < 0:
        return b""
    # Explicit or implicit, the length's low byte is enough: these have 64 characters at most (PS3.5 6.2).
    vr = data[position + 4 : position + 6]
    length = data[position + 6] if vr.isalpha() else data[position + 4]
    return data[position + 8 : position + 8 + length]


class Layout:
    """Runs and slots in the order of their tags; learns from each object that differs."""

    def __init__(self, shape: Shape, end: int) -> None:
        self.length = end
        self.extent = end + EXTENT_MARGIN
        self._syntax = shape.transfer_syntax
        self._explicit = shape.explicit
        self._first: Shape | None = shape
        self._segments: list[Run | Slot] = []
        self._shapes: dict[tuple[int, ...], Shape] = {}
        self._misses = 0

    @property
    def is_worn_out(self) -> bool:
        """Whether it fails so often, or is so scattered, that a new one will do better."""
        return (
            self._misses > MOST_MISSES
            or len(self._segments) > 2 * MOST_SLOTS
            or len(self._shapes) > MOST_SHAPES
        )

    def match(self, data: bytes, size: int) -> Match | None:
        """The shape, the slots' values and the end of the header in `data`; None when it does not fit.

        `size` is that of the whole object.
        """
        if self.is_worn_out:
            return None
        try:
            if self._first is not None:
                self._begin(self._first)
            found = self._match(data, size)
        except (UnsureError, struct_error):
            self._misses += 1
            return None
        self._misses = 0
        return found

    def _begin(self, first: Shape) -> None:
        """Cut the first object's run at the elements that always vary."""
        (run,) = (segment for segment in first.segments if isinstance(segment, Run))
        self._first = None
        for entry in run.entries:
            self._refuse_ambiguous(run.raw, entry[2] - run.base, entry[0])
        start = 0
        for number, entry in enumerate(run.entries):
            if always_varies(entry[0]):
                self._segments += self._cut(run, start, number)
                start = number + 1
        if start < len(run.entries):
            self._segments.append(run.part(start, len(run.entries)))

    def _cut(self, run: Run, start: int, number: int) -> list[Run | Slot]:
        """The run from `start` up to the element `number`, then a slot for that element."""
        slot = self._slot(run.entries[number], run.raw, run.base)
        return [run.part(start, number), slot] if start < number else [slot]

    def _slot(self, entry: Entry, data: bytes, base: int) -> Slot:
        tag, vr, position, start, _ = entry
        if tag in KINDS_OF_FILE:
            # Another syntax or character set is another way to read; another class may be a DICOMDIR.
            raise UnsureError
        explicit = self._explicit or tag >> 16 == 2
        head = data[position - base : position - base + (6 if explicit else 4)]
        return Slot(tag, vr, head, is_long=not explicit or start - position == 12)

    def _refuse_ambiguous(self, data: bytes, position: int, tag: int) -> None:
        """Leave alone implicit elements that might pass for explicit ones.

        pydicom looks at the first element of the data set, and which one is first may differ here.
        """
        if not self._explicit and tag >> 16 != 2 and wire.item_is_explicit(data, position, explicit=True):
            self._misses = MOST_MISSES
            raise UnsureError

    def _match(self, data: bytes, size: int) -> Match:
        segments = self._segments
        position, number = META_START, 0
        held = len(data)
        values: list[Value] = []
        absent: list[int] = []
        starts = data.startswith
        while number < len(segments):
            segment = segments[number]
            if isinstance(segment, Run):
                if starts(segment.raw, position):
                    position += segment.size
                    number += 1
                else:
                    self._split(number, segment, data, position)
            elif starts(segment.head, position):
                if segment.is_long:
                    position = self._long_value(data, position, segment, values)
                else:
                    start = position + 8
                    position = start + _short_length(data, position + 6)[0]
                    if position > held:
                        raise UnsureError
                    values.append(data[start:position])
                number += 1
            elif self._is_absent(number, segment.tag, data, position, size):
                absent.append(number)
                number += 1
        position = self._learn_rest(data, position, size, values)
        return self._shape(absent), values, position

    def _long_value(self, data: bytes, position: int, slot: Slot, values: list[Value]) -> int:
        """Take the value of a slot that is not short explicit; returns where it ends."""
        self._refuse_ambiguous(data, position, slot.tag)
        entry = wire.element_at(data, position, explicit=self._explicit or slot.tag >> 16 == 2)
        # Huge values are for the reader, which leaves them out. And where neither the file nor a dictionary names
        # the VR, an undefined length does: of one tag, some values may be sequences and others not.
        if entry is None or wire.length_of(entry) > wire.LARGEST_VALUE or entry[1] != slot.vr:
            raise UnsureError
        values.append(wire.value_of(data, entry[3], entry[4]))
        return entry[4]

    def _split(self, number: int, run: Run, data: bytes, position: int) -> None:
        """Put a slot in the place of the run's first element that is not at its position in `data`."""
        raw, base = run.raw, run.base
        differing = 0
        for _, _, start, _, end in run.entries:
            if not data.startswith(raw[start - base : end - base], position):
                break
            position += end - start
            differing += 1
        pieces = self._cut(run, 0, differing)
        if differing + 1 < len(run.entries):
            pieces.append(run.part(differing + 1, len(run.entries)))
        self._segments[number : number + 1] = pieces
        self._shapes.clear()

    def _is_absent(self, number: int, expected: int, data: bytes, position: int, size: int) -> bool:
        """Whether the object lacks the slot's element; if it holds another one there, makes a slot for it."""
        if position == size:
            return True
        if position + 8 > len(data):
            raise UnsureError
        tag = wire.tag_at(data, position)
        if tag > expected or tag in PIXEL_DATA:
            return True
        self._insert(number, tag, data, position)
        return False

    def _insert(self, number: int, tag: int, data: bytes, position: int) -> Slot:
        """Make a slot, before segment `number`, for an element met for the first time."""
        before = self._segments[number - 1] if number else None
        last = before.tag if isinstance(before, Slot) else before.entries[-1][0] if before else -1
        after = self._segments[number] if number < len(self._segments) else None
        # Tags ascend; and one tag with two VRs has no place here.
        if tag <= last or (isinstance(after, Slot) and tag == after.tag):
            raise UnsureError
        self._refuse_ambiguous(data, position, tag)
        entry = wire.element_at(data, position, explicit=self._explicit or tag >> 16 == 2)
        if entry is None:
            raise UnsureError
        slot = self._slot(entry, data, 0)
        self._segments.insert(number, slot)
        self._shapes.clear()
        return slot

    def _learn_rest(self, data: bytes, position: int, size: int, values: list[Value]) -> int:
        """Make slots for the elements after the last one known; returns where the header ends."""
        while position != size:
            if position + 8 > len(data):
                raise UnsureError
            tag = wire.tag_at(data, position)
            if tag in PIXEL_DATA:
                break
            slot = self._insert(len(self._segments), tag, data, position)
            position = self._long_value(data, position, slot, values)
        return position

    def _shape(self, absent: list[int]) -> Shape:
        """The shape of an object that lacks the segments with these numbers."""
        key = tuple(absent)
        shape = self._shapes.get(key)
        if shape is None:
            left = tuple(segment for number, segment in enumerate(self._segments) if number not in key)
            shape = self._shapes[key] = Shape(left, self._syntax, explicit=self._explicit)
        return shape
