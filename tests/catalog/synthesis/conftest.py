"""One invented archive for all tests of this folder."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from pydicom import config, dcmread
from pydicom.dataset import FileDataset

from catalog.synthesis import synthesize

STUDIES = 16
SEED = 11


@dataclass(frozen=True)
class Archive:
    root: Path
    key: dict[str, Any]

    @cached_property
    def files(self) -> list[str]:
        """Every file but the key, relative to the root."""
        found = (path.relative_to(self.root) for path in self.root.rglob("*") if path.is_file())
        return sorted(str(path) for path in found if str(path) != "answer_key.json")

    @cached_property
    def objects(self) -> dict[str, FileDataset]:
        """Every readable object by file, without its pixels."""
        readable = [name for name in self.files if name not in self.key["quarantine"]]
        return {name: self.read(name, stop_before_pixels=True) for name in readable}

    def read(self, name: str, **options: Any) -> FileDataset:
        return dcmread(self.root / name, force=True, **options)

    def bytes(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def of_collection(self, path: str) -> Iterator[tuple[str, FileDataset]]:
        return ((name, ds) for name, ds in self.objects.items() if name.startswith(path))


@pytest.fixture(autouse=True)
def tolerant(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pydicom read what is wrong on purpose without a warning; one test asks for warnings again."""
    monkeypatch.setattr(config.settings, "reading_validation_mode", config.IGNORE)


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    root = tmp_path_factory.mktemp("archive")
    synthesize(root, studies=STUDIES, seed=SEED)
    return Archive(root, json.loads((root / "answer_key.json").read_text(encoding="utf-8")))
