"""Splitting the headers of a series into what all its objects share and what varies between them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from catalog.dicom.causes import UnsureError
from catalog.dicom.decode import DataSet, depends_on_others
from catalog.dicom.elements import RawElement, RawObject, Shape
from catalog.dicom.header_hash import header_hash
from catalog.dicom.moulds import Mould, mould_of
from catalog.dicom.series_split import Columns, SeriesSplit
from catalog.dicom.tags import (
    PIXEL_REPRESENTATION,
    SERIES_KEY,
    always_varies,
    is_private,
    is_private_creator,
    name_of,
    without_always_varying,
)

# The meaning of other elements depends on these (beside private creators): signedness, and the VR of
# lookup tables and waveforms in implicit data sets.
CONTEXT = frozenset({PIXEL_REPRESENTATION, 0x00281101, 0x00283002, 0x003A021A, 0x54001004})

Group = list[tuple[Shape, list[int]]]


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
    moulds: dict[Shape, Mould | None] = {}
    splits = [_split_by_mould(list(group.items()), objects, moulds) for group in groups.values()]
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


def _split_by_mould(
    group: Group, objects: Sequence[RawObject], moulds: dict[Shape, Mould | None]
) -> SeriesSplit:
    """Split a group; an object that is alone in it as the one before it of the same shape, where that is the same."""
    shape, numbers = group[0]
    if len(group) > 1 or len(numbers) > 1 or not shape.slots:
        return _split(group, objects)
    mould = moulds.get(shape)
    found = mould.cast(numbers[0], objects[numbers[0]]) if mould is not None else None
    if found is None:
        found = _split(group, objects)
        if shape not in moulds:
            moulds[shape] = mould_of(shape, found)
    return found


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
        header_hash(shared.values(), varying, shape.transfer_syntax, character_set),
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
