"""Splitting the headers of a series into what all its objects share and what varies between them."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from struct import pack
from typing import Any

from catalog.dicom import values
from catalog.dicom.causes import UnsureError
from catalog.dicom.charsets import DEFAULT_ENCODINGS, Encodings
from catalog.dicom.decode import LUT_DESCRIPTORS, PLAIN, DataSet, ElementMemory, depends_on_others, expand
from catalog.dicom.elements import (
    Bulk,
    Decoded,
    Json,
    RawElement,
    RawObject,
    Shape,
    Slot,
    UndefinedLength,
    Value,
)
from catalog.dicom.reference import LARGEST_INLINE
from catalog.dicom.tags import (
    PIXEL_REPRESENTATION,
    SERIES_KEY,
    always_varies,
    is_private,
    is_private_creator,
    name_of,
    without_always_varying,
)
from catalog.dicom.values import Compact, Converter

# The meaning of other elements depends on these (beside private creators): signedness, and the VR of
# lookup tables and waveforms in implicit data sets.
CONTEXT = frozenset({PIXEL_REPRESENTATION, 0x00281101, 0x00283002, 0x003A021A, 0x54001004})

Group = list[tuple[Shape, list[int]]]
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
    in the sequence that was split, ascending.
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
    _plans: dict[Shape, Plan] = field(default_factory=dict, repr=False)

    def plan(self, shape: Shape) -> Plan:
        """How to decode the varying values of objects of this shape."""
        plan = self._plans.get(shape)
        if plan is None:
            plan = self._plans[shape] = _plan(self, shape)
        return plan


def split(objects: Sequence[RawObject]) -> list[SeriesSplit]:
    """Group objects by series and split each group; in the order of their first members.

    One group has one PatientID, issuer, StudyInstanceUID, SeriesInstanceUID, transfer syntax and
    character set, each as written.
    """
    groups: dict[tuple[object, ...], dict[Shape, list[int]]] = defaultdict(lambda: defaultdict(list))
    of_shape: dict[Shape, list[int] | None] = {}
    for number, found in enumerate(objects):
        shape = found.shape
        numbers = of_shape.get(shape)
        if numbers is None:
            numbers = groups[_key(found)][shape]
            if not any(tag in shape.slot_numbers for tag in SERIES_KEY):
                of_shape[shape] = numbers
        numbers.append(number)
    splits = [_split(list(group.items()), objects) for group in groups.values()]
    return sorted(splits, key=lambda one: one.members[0])


def _key(found: RawObject) -> tuple[object, ...]:
    elements = (found.element(tag) for tag in SERIES_KEY)
    shape = found.shape
    return (
        *(None if element is None else element.value for element in elements),
        shape.transfer_syntax,
        shape.explicit,
        shape.decoded,
    )


def _split(group: Group, objects: Sequence[RawObject]) -> SeriesSplit:
    shape = group[0][0]
    candidates = [_constant(shape, [objects[number] for number in numbers]) for shape, numbers in group]
    shared = min(candidates, key=len)
    for other in candidates:
        if other is not shared:
            shared = {tag: element for tag, element in shared.items() if other.get(tag) == element}
    loose = _loose(group, shared)
    is_mixed = any(tag in CONTEXT or is_private_creator(tag) for tag in loose)
    if is_mixed:
        shared = _independent(shared, loose, explicit=shape.explicit)
        loose = _loose(group, shared)
    tags = sorted(shared)
    if tags != list(shared):
        shared = {tag: shared[tag] for tag in tags}
    varying, columns = _columns(shared, sorted(loose.items()), shape)
    character_set = objects[group[0][1][0]].character_set
    return SeriesSplit(
        _hash(shared.values(), varying, shape, character_set),
        shape.transfer_syntax,
        character_set,
        shared,
        varying,
        tuple(sorted(number for _, numbers in group for number in numbers)),
        shape.explicit,
        is_mixed,
        columns,
    )


def _constant(shape: Shape, objects: list[RawObject]) -> dict[int, RawElement]:
    """The elements that all these objects of one shape have alike, without those that always vary."""
    same = without_always_varying(shape.fixed)
    columns = zip(*(found.values for found in objects), strict=True)
    for slot, column in zip(shape.slots, columns, strict=True):
        if not always_varies(slot.tag) and column.count(column[0]) == len(column):
            same[slot.tag] = RawElement(slot.tag, slot.vr, column[0])
    return same


def _loose(group: Group, shared: Mapping[int, RawElement]) -> dict[int, str]:
    """The tags that are not shared, with a VR as written; of several VRs the first in the alphabet."""
    loose: dict[int, str] = {}
    for shape, _ in group:
        for tag in shape.fixed.keys() - shared.keys():
            vr = shape.fixed[tag].vr
            loose[tag] = min(vr, loose.get(tag, vr))
        for slot in shape.slots:
            if slot.tag not in shared:
                loose[slot.tag] = min(slot.vr, loose.get(slot.tag, slot.vr))
    return loose


def _independent(
    shared: dict[int, RawElement], loose: Iterable[int], *, explicit: bool
) -> dict[int, RawElement]:
    """What of the shared elements means the same in all objects although elements they depend on vary."""
    groups = {tag >> 16 for tag in loose if is_private_creator(tag)}
    by_context = any(tag in CONTEXT for tag in loose)
    return {
        tag: element
        for tag, element in shared.items()
        if not (is_private(tag) and tag >> 16 in groups)
        and not (by_context and (not explicit or element.vr in ("SQ", "UN")) and tag >> 16 != 2)
    }


def _columns(shared: Mapping[int, RawElement], loose: Sequence[tuple[int, str]], shape: Shape) -> Columns:
    """The columns of what varies; a VR that is not written is settled by the dictionaries and the context."""
    if not shape.decoded and any(depends_on_others(tag, vr, explicit=shape.explicit) for tag, vr in loose):
        context = DataSet(shared, explicit=shape.explicit)
        loose = [(tag, _column_vr(context, tag, vr, explicit=shape.explicit)) for tag, vr in loose]
    return _named(tuple(loose))


def _column_vr(context: DataSet, tag: int, vr: str, *, explicit: bool) -> str:
    try:
        return context.vr(RawElement(tag, vr, b""), explicit=explicit or tag >> 16 == 2)
    except (UnsureError, ValueError):
        return "UN"


# Bounded, because mutated files may hold any tag.
@lru_cache(maxsize=128)
def _named(loose: tuple[tuple[int, str], ...]) -> Columns:
    names = tuple((name_of(tag), vr) for tag, vr in loose)
    return names, {tag: column for column, (tag, _) in enumerate(loose)}


def _hash(
    shared: Collection[RawElement], varying: tuple[tuple[str, str], ...], shape: Shape, character_set: str
) -> bytes:
    """32 bytes over tags, VRs, lengths and contents; the mark tells kinds of value apart.

    The columns of what varies are hashed as well: a stored Header says which value of an instance is which.
    """
    tags, vrs, contents = zip(*shared, strict=True) if shared else ((), (), ())
    if not set(map(type, contents)) <= {bytes}:
        vrs = tuple(vr + _MARKS[type(value)] for vr, value in zip(vrs, contents, strict=True))
        contents = tuple(value if isinstance(value, bytes) else _content(value) for value in contents)
    sizes = map(len, contents)
    heads = ",".join((shape.transfer_syntax, character_set, *vrs)).encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(heads, digest_size=32)
    digest.update(repr(varying).encode())
    digest.update(pack(f"<{2 * len(tags)}I", *tags, *sizes))
    digest.update(b"".join(contents))
    return digest.digest()


_MARKS = {bytes: "", UndefinedLength: "*", Bulk: "#", Decoded: "="}


def _content(value: Value) -> bytes:
    if isinstance(value, Bulk):
        return f"{value.length} {value.sha256}".encode()
    return value.canonical if isinstance(value, Decoded) else value


def decode_header(found: SeriesSplit) -> Json:
    """The shared elements in the DICOM JSON model (PS3.18 F.2), file meta information included.

    Values over 1,024 bytes and binary ones are {"vr": …, "Bulk": {"length": n, "sha256": hex}}; an
    element that pydicom cannot decode is {"vr": …, "Error": reason}.
    """
    return DataSet(found.shared, explicit=found.explicit).json(found.shared.values())


def write_header(found: SeriesSplit, memory: ElementMemory) -> tuple[Json, str]:
    """As `decode_header`; also the same as text, put together from elements that were met before.

    Elements of the JSON belong to the memory: they must not be changed.
    """
    return memory.header(found.shared, explicit=found.explicit)


def decode_varying(found: SeriesSplit, member: RawObject) -> list[Compact]:
    """The varying values of one object, aligned with `found.varying`.

    None where the object lacks the element, [] where it is empty, the bare value where there is one text
    or number, a dictionary for {"Bulk": …} and {"Error": …} (with "vr" where it is not the column's),
    else the list of values.
    """
    if found.is_mixed:
        return _decode_each(found, member)
    plan = found.plan(member.shape)
    row = plan.row.copy()
    contents: list[Any] = member.values
    try:
        for column, number, convert, encodings in plan.fast:
            value = contents[number]
            if type(value) is not bytes:
                return _decode_each(found, member)
            if 0 < len(value) <= LARGEST_INLINE:
                row[column] = convert(value, encodings)
            else:
                row[column] = values.compact(found.varying[column][1], value, encodings)
    except (UnsureError, ValueError):
        return _decode_each(found, member)
    if plan.slow:
        context = DataSet(found.shared | member.elements, explicit=found.explicit)
        for column, number in plan.slow:
            slot = member.shape.slots[number]
            element = RawElement(slot.tag, slot.vr, contents[number])
            row[column] = _fitted(found, column, *context.convert(element))
    return row


def _decode_each(found: SeriesSplit, member: RawObject) -> list[Compact]:
    row: list[Compact] = [None] * len(found.varying)
    elements = member.elements
    context = DataSet(elements, explicit=found.explicit)
    for tag, element in elements.items():
        column = found.columns.get(tag)
        if column is not None:
            row[column] = _fitted(found, column, *context.convert(element))
    return row


def _fitted(found: SeriesSplit, column: int, vr: str, value: Compact) -> Compact:
    """A value for its column; it brings its own VR where that is another one."""
    return value if vr == found.varying[column][1] else expand(vr, value)


def _plan(found: SeriesSplit, shape: Shape) -> Plan:
    plan = Plan([None] * len(found.varying), [], [])
    context = DataSet({**found.shared, **shape.fixed}, explicit=found.explicit)
    for tag, element in shape.fixed.items():
        column = found.columns.get(tag)
        if column is not None:
            plan.row[column] = _fitted(found, column, *context.convert(element))
    for number, slot in enumerate(shape.slots):
        column = found.columns.get(slot.tag)
        if column is None:
            continue
        vr = found.varying[column][1]
        if _is_plain(slot, vr, shape):
            encodings = DEFAULT_ENCODINGS if slot.tag >> 16 == 2 else context.encodings
            plan.fast.append((column, number, values.CONVERTERS[vr], encodings))
        else:
            plan.slow.append((column, number))
    return plan


def _is_plain(slot: Slot, vr: str, shape: Shape) -> bool:
    """Whether a converter alone decodes the slot's values.

    What an implicit data set leaves open is settled by the dictionaries and the context, which all
    objects share; a VR of UN in explicit ones depends on each value's length.
    """
    if shape.decoded or vr not in PLAIN or slot.tag in LUT_DESCRIPTORS:
        return False
    return slot.vr == vr or not (shape.explicit or slot.tag >> 16 == 2)


def reassemble(
    header: Mapping[str, Json], varying: Sequence[tuple[str, str]], row: Sequence[Compact]
) -> Json:
    """The whole header of one object again: the shared elements and its own, in the order of their tags."""
    own = {
        name: expand(vr, value) for (name, vr), value in zip(varying, row, strict=True) if value is not None
    }
    return dict(sorted({**header, **own}.items()))
