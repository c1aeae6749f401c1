"""The tables that describe the invented world, read once from the JSON files beside the code."""

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "tables"


@cache
def table(name: str) -> dict[str, Any]:
    """Return the parsed table; callers share it and must not change it."""
    parsed: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    parsed.pop("note", None)
    return parsed
