"""Reading again, from its source, a value that headers keep as length and hash only."""

from collections.abc import Iterator
from struct import Struct
from typing import Any

from pydicom.tag import BaseTag

from catalog.dicom import reference, wire
from catalog.dicom.byte_source import BLOCK, ByteSource
from catalog.dicom.causes import UnsureError
from catalog.dicom.decode import item_elements
from catalog.dicom.elements import Bulk, Decoded, RawElement
from catalog.dicom.quiet import quietly
from catalog.dicom.reader import read_with_source

_item_head = Struct("<4sI").unpack_from


def read_bulk(source: ByteSource, path: str) -> Iterator[bytes]:
    """The value's bytes as they are stored, in blocks of at most 1 MiB.

    `path` is the element's tag as in DICOM JSON, within sequences led to by tags and item numbers from
    0: "00091010", "52009230/0/00091010". Raises LookupError where there is no such value, and
    Unreadable where the object cannot be read.
    """
    steps = path.split("/")
    found, values = read_with_source(source)
    element = found.element(int(steps[0], 16))
    if element is None:
        raise LookupError(path)
    if isinstance(element.value, Decoded):
        return _blocks(_ask_pydicom(source, steps))
    if isinstance(element.value, Bulk):
        return _stream(values, element.value)
    try:
        return _blocks(_within(element, steps[1:], explicit=found.shape.explicit))
    except UnsureError:
        return _blocks(_ask_pydicom(source, steps))


def _stream(source: ByteSource, value: Bulk) -> Iterator[bytes]:
    end = value.offset + value.length
    for offset in range(value.offset, end, BLOCK):
        yield source.read_at(offset, min(BLOCK, end - offset))


def _blocks(value: bytes) -> Iterator[bytes]:
    return (value[offset : offset + BLOCK] for offset in range(0, len(value), BLOCK))


def _within(element: RawElement, steps: list[str], *, explicit: bool) -> bytes:
    """Follow item numbers and tags down into a sequence."""
    value = element.value
    for number, tag in zip(steps[::2], steps[1::2], strict=True):
        elements, explicit = _item(value, int(number), explicit=explicit)
        if int(tag, 16) not in elements:
            raise LookupError(tag)
        value = elements[int(tag, 16)].value
    return bytes(value) if isinstance(value, bytes) else b""


def _item(data: Any, number: int, *, explicit: bool) -> tuple[dict[int, RawElement], bool]:
    position = 0
    for _ in range(number + 1):
        if position + 8 > len(data):
            raise LookupError(number)
        key, length = _item_head(data, position)
        if key != wire.ITEM:
            raise LookupError(number)
        elements, position, item_explicit = item_elements(data, position + 8, length, explicit=explicit)
    return elements, item_explicit


def _ask_pydicom(source: ByteSource, steps: list[str]) -> bytes:
    with quietly():
        dataset: Any = reference.data_set_of(source)
        for tag, number in zip(steps[:-1:2], steps[1::2], strict=True):
            dataset = dataset[BaseTag(int(tag, 16))].value[int(number)]
        last = BaseTag(int(steps[-1], 16))
        holder = dataset.file_meta if last.group == 2 else dataset
        if last not in holder:
            raise LookupError(steps[-1])
        found = holder.get_item(last).value
    return found if isinstance(found, bytes) else b""
