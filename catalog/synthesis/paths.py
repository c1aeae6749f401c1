"""Tag paths: how the tables and the answer key name an element, however deep it lies.

Written:   Keyword, ggggeeee or gggg|PRIVATE CREATOR|ee, each with [item], joined by '>'.
Canonical: ggggeeee[item].ggggeeee, as the answer key has it.
"""

import re
from typing import Any

from pydicom import config
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

STEP = re.compile(r"(?P<name>[^\[\]]+)(?:\[(?P<item>\d+)\])?$")
HEX_TAG = re.compile(r"[0-9A-Fa-f]{8}$")


def place(dataset: Dataset, path: str, value: Any, vr: str | None = None) -> str:
    """Write `value` at `path`, making items and private blocks on the way; return the canonical path."""
    *above, leaf = path.split(">")
    canonical = []
    for step in above:
        dataset, name = _enter(dataset, step)
        canonical.append(name)
    tag = _tag(dataset, leaf)
    if value is None:
        dataset.pop(tag, None)
    else:
        dataset[tag] = DataElement(tag, vr or _vr(dataset, tag), value, validation_mode=config.IGNORE)
    return ".".join([*canonical, f"{tag:08X}"])


def find(dataset: Dataset, canonical: str) -> DataElement | None:
    """Return the element at a canonical path, or None."""
    *above, leaf = canonical.split(".")
    for step in above:
        tag, item = _split(step)
        items = dataset[int(tag, 16)].value if int(tag, 16) in dataset else []
        if item >= len(items):
            return None
        dataset = items[item]
    return dataset.get(int(leaf, 16))


def text(element: DataElement) -> str:
    """The element's value as the answer key writes it: values joined by a backslash, bytes as Latin-1."""
    value = element.value
    if isinstance(value, bytes):
        return value.decode("latin-1").rstrip("\0")
    if isinstance(value, str) or not hasattr(value, "__iter__") or (element.VR == "PN" and element.VM == 1):
        return str(value)
    return "\\".join(map(str, value))


def _split(step: str) -> tuple[str, int]:
    parts = STEP.match(step)
    if parts is None:
        raise ValueError(f"not a step of a tag path: {step}")
    return parts["name"], int(parts["item"] or 0)


def _enter(dataset: Dataset, step: str) -> tuple[Dataset, str]:
    name, item = _split(step)
    tag = _tag(dataset, name)
    if tag not in dataset:
        dataset[tag] = DataElement(tag, "SQ", Sequence())
    items = dataset[tag].value
    while len(items) <= item:
        items.append(Dataset())
    return items[item], f"{tag:08X}[{item}]"


def _tag(dataset: Dataset, name: str) -> int:
    if "|" in name:
        group, creator, element = name.split("|")
        return int(dataset.private_block(int(group, 16), creator, create=True).get_tag(int(element, 16)))
    if HEX_TAG.match(name):
        return int(name, 16)
    tag = tag_for_keyword(name)
    if tag is None:
        raise ValueError(f"not a DICOM keyword: {name}")
    return tag


def _vr(dataset: Dataset, tag: int) -> str:
    return dataset[tag].VR if tag in dataset else dictionary_VR(tag)
