"""Reading a lock of pip: name, version, marker and hashes of each package (PEP 508, pip's hash-checking mode)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

_PACKAGE = re.compile(r"^(?P<name>[A-Za-z0-9][\w.-]*)==(?P<version>[^ ;\\]+)(?:\s*;\s*(?P<marker>[^\\]*))?")
_HASH = re.compile(r"--hash=sha256:(?P<hash>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Locked:
    """One package of the lock; `hashes` are SHA-256 of its files, for every platform."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    @property
    def purl(self) -> str:
        """Its package URL (purl specification, type pypi)."""
        return f"pkg:pypi/{self.name}@{self.version}"


def read_lock(file: Path) -> list[Locked]:
    """Return the packages of a lock, by name. Raises OSError."""
    text = file.read_text(encoding="utf-8").replace("\\\n", " ")
    return sorted(_packages(text), key=lambda package: (package.name, package.version))


def _packages(text: str) -> Iterator[Locked]:
    for line in text.splitlines():
        if found := _PACKAGE.match(line):
            marker = (found["marker"] or "").partition(" --hash")[0].strip()
            hashes = tuple(sorted(each["hash"] for each in _HASH.finditer(line)))
            yield Locked(canonicalize_name(found["name"]), found["version"], marker, hashes)
