"""Turn table rows into DICOM elements."""

from collections.abc import Mapping
from random import Random
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence


def fill(dataset: Dataset, rows: Mapping[str, Any], draw: Random) -> Dataset:
    """Set every keyword of `rows` in `dataset`: values, {choose: […]}, items, and codes as [value, scheme, meaning]."""
    for keyword, value in rows.items():
        setattr(dataset, keyword, _realise(value, draw))
    return dataset


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """A code sequence item (PS3.3 8.8)."""
    item = Dataset()
    item.CodeValue = value
    item.CodingSchemeDesignator = scheme
    item.CodeMeaning = meaning
    return item


def item(**values: Any) -> Dataset:
    """A sequence item with these keywords."""
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def _realise(value: Any, draw: Random) -> Any:
    if isinstance(value, dict):
        return draw.choice(value["choose"])
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return Sequence([fill(Dataset(), row, draw) for row in value])
    if isinstance(value, list) and value and isinstance(value[0], list):
        return Sequence([code(*row) for row in value])
    return value
