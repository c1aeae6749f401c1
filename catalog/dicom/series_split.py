"""The objects of one series, split into what they share and what varies between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog.dicom.charsets import Encodings
from catalog.dicom.elements import RawElement, Shape
from catalog.dicom.values import Compact, Converter

# The elements that vary: name and VR of each, and the column of each tag.
Columns = tuple[tuple[tuple[str, str], ...], Mapping[int, int]]


@dataclass(slots=True)
class Plan:
    """Where, for the objects of one shape, each varying value comes from.

    `row` holds what all of them have alike; `fast` the slots that a converter is enough for.
    """

    row: list[Compact]
    fast: list[tuple[int, int, Converter, Encodings]]
    slow: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class SeriesSplit:
    """The objects of one series (of one patient, syntax and character set), split.

    `header_hash` is 32 bytes over the shared elements, the transfer syntax, the character set and
    `varying`: equal for equal headers, whatever the order and number of the objects. `varying` names the
    elements that are not shared, in the order of their tags, with their VR. `members` are the numbers of the objects
    in the sequence that was split, ascending. `plans` are made when the first object of a shape is decoded.
    """

    header_hash: bytes
    transfer_syntax: str
    character_set: str
    shared: dict[int, RawElement]
    varying: tuple[tuple[str, str], ...]
    members: tuple[int, ...]
    explicit: bool
    is_mixed: bool
    columns: Mapping[int, int] = field(repr=False)
    plans: dict[Shape, Plan] = field(default_factory=dict, repr=False)
