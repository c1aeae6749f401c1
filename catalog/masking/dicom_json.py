"""Reading the DICOM JSON Model (PS3.18 section F.2), with Bulk where a value is kept as its length and hash."""

from collections.abc import Iterator, Mapping
from typing import Any

Element = Mapping[str, Any]
Dataset = Mapping[str, Element]


def walk(dataset: Dataset) -> Iterator[tuple[int, Element]]:
    """Yield the elements of a dataset in the order of their tags."""
    for key in sorted(dataset):
        yield int(key, 16), dataset[key]


def items_of(element: Element) -> list[Dataset]:
    """Return the items of a sequence."""
    return [item for item in element.get("Value", ()) if isinstance(item, dict)]


def values_of(element: Element) -> list[str | int | float]:
    """Return an element's values; the component groups of a person's name joined by =, as in the file."""
    values = element.get("Value", [])
    return [_plain(value) for value in (values if isinstance(values, list) else [values])]


def first_text(dataset: Dataset, key: str) -> str:
    """Return the first value of the attribute `key`, empty when there is none."""
    values = values_of(dataset[key]) if key in dataset else []
    return str(values[0]) if values else ""


def byte_length(element: Element) -> int | None:
    """Return how long a binary or long value is; None when the element holds its values."""
    if bulk := element.get("Bulk"):
        return int(bulk["length"])
    if (inline := element.get("InlineBinary")) is not None:
        return len(str(inline)) * 3 // 4 - str(inline)[-2:].count("=")
    return None


def _plain(value: object) -> str | int | float:
    if isinstance(value, dict):
        return "=".join(str(group) for group in value.values())
    return value if isinstance(value, (str, int, float)) else "" if value is None else str(value)
