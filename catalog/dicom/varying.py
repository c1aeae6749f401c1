"""Decoding a split series: the header that its objects share, and the varying values of each."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalog.dicom import values
from catalog.dicom.causes import UnsureError
from catalog.dicom.charsets import DEFAULT_ENCODINGS
from catalog.dicom.decode import LUT_DESCRIPTORS, PLAIN, DataSet, ElementMemory, expand
from catalog.dicom.elements import Json, RawElement, RawObject, Shape, Slot
from catalog.dicom.reference import LARGEST_INLINE
from catalog.dicom.series_split import Plan, SeriesSplit
from catalog.dicom.values import Compact


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
    plan = found.plans.get(member.shape)
    if plan is None:
        plan = found.plans[member.shape] = _plan(found, member.shape)
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
