"""Headers in DICOM JSON for the tests of masking, and the bytes that leave the masking for people and programs."""

import json
from datetime import date
from typing import Any

from catalog.masking import Masker, elements, masked_json

MASKER = Masker(key=b"a key of these tests, 32 bytes..", today=date(2026, 11, 23))


def header(**values: Any) -> dict[str, Any]:
    """Build a header: header(e00100010=("PN", {"Alphabetic": "Doe"}))."""
    return {
        key.removeprefix("e"): {"vr": vr, "Value": [value] if not isinstance(value, list) else value}
        for key, (vr, value) in values.items()
    }


def told(source: dict[str, Any], masker: Masker = MASKER) -> str:
    """Return everything that lines and JSON say of a header, folded to lower case."""
    lines = json.dumps([line._asdict() for line in elements(source, masker)], ensure_ascii=False)
    model = json.dumps(masked_json(source, masker), ensure_ascii=False)
    return (lines + model).lower()


def line_of(source: dict[str, Any], path: str, masker: Masker = MASKER):
    """Return the line at a path."""
    return next(line for line in elements(source, masker) if line.path == path)
