"""Holding locked packages against advisories in the OSV format (OSV schema 1.6), without asking anybody.

The databases of PyPA and of OSV are published as such files, one advisory each, in JSON or YAML.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from governance.supply.lock import Locked

SUFFIXES = {".json", ".yaml", ".yml"}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class NoAdvisory(ValueError):
    """A file holds no advisory in the OSV format; the message names it."""


@dataclass(frozen=True, slots=True)
class Match:
    """A locked package that an advisory concerns, and the versions in which that is mended."""

    package: Locked
    advisory: str
    aliases: tuple[str, ...]
    mended_in: tuple[str, ...]
    summary: str


def read_advisories(place: Path) -> Iterator[Mapping[str, Any]]:
    """Yield every advisory of a file, or of all files below a folder. Raises OSError, NoAdvisory."""
    files = (
        [place] if place.is_file() else sorted(file for file in place.rglob("*") if file.suffix in SUFFIXES)
    )
    for file in files:
        yield from _read(file)


def matches(packages: Iterable[Locked], advisories: Iterable[Mapping[str, Any]]) -> Iterator[Match]:
    """Yield each advisory that is in force and concerns a locked package."""
    locked: dict[str, list[Locked]] = {}
    for package in packages:
        locked.setdefault(package.name, []).append(package)
    for advisory in advisories:
        if not advisory.get("withdrawn"):
            for affected in advisory.get("affected") or []:
                yield from _concerned(locked, advisory, affected)


def _concerned(
    locked: Mapping[str, list[Locked]], advisory: Mapping[str, Any], affected: Mapping[str, Any]
) -> Iterator[Match]:
    named = affected.get("package") or {}
    if str(named.get("ecosystem", "")).partition(":")[0] != "PyPI":
        return
    for package in locked.get(canonicalize_name(str(named.get("name", ""))), ()):
        if is_affected(package.version, affected):
            summary = str(advisory.get("summary") or advisory.get("details") or "").strip().partition("\n")[0]
            aliases = tuple(advisory.get("aliases") or ())
            yield Match(package, str(advisory["id"]), aliases, tuple(_mended(affected)), summary)


def is_affected(version: str, affected: Mapping[str, Any]) -> bool:
    """Evaluate `versions` and `ranges` of an OSV document (section "Evaluation")."""
    looked_at = _version(version)
    if any(_version(each) == looked_at for each in affected.get("versions") or ()):
        return True
    ranges = [each for each in affected.get("ranges") or () if each.get("type") in {"ECOSYSTEM", "SEMVER"}]
    return any(_lies_in(looked_at, each.get("events") or ()) for each in ranges)


def _lies_in(version: Version, events: Iterable[Mapping[str, str]]) -> bool:
    """Walk the events in the order of their versions: introduced opens, fixed and last_affected close."""
    steps = [(kind, _version(at)) for event in events for kind, at in event.items() if kind in _CLOSES]
    lies_in = False
    for kind, at in sorted(steps, key=lambda step: (step[1], _CLOSES[step[0]])):
        if kind == "introduced" and version >= at:
            lies_in = True
        elif (kind in {"fixed", "limit"} and version >= at) or (kind == "last_affected" and version > at):
            lies_in = False
    return lies_in


# At one version what closes comes before what opens again.
_CLOSES = {"fixed": 0, "limit": 0, "last_affected": 0, "introduced": 1}


def _mended(affected: Mapping[str, Any]) -> Iterator[str]:
    for each in affected.get("ranges") or ():
        if each.get("type") != "GIT":
            yield from (event["fixed"] for event in each.get("events") or () if "fixed" in event)


def _version(text: str) -> Version:
    """A version by PEP 440; what is none, such as OSV's "0" for the beginning of time, sorts before all."""
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0.dev0")


def _read(file: Path) -> Iterator[Mapping[str, Any]]:
    content = file.read_bytes()
    try:
        found = json.loads(content) if file.suffix == ".json" else yaml.load(content, _LOADER)  # noqa: S506
    except (ValueError, yaml.YAMLError):
        raise NoAdvisory(f"{file} is neither JSON nor YAML.") from None
    if isinstance(found, dict) and isinstance(found.get("vulns"), list):
        found = found["vulns"]
    for advisory in found if isinstance(found, list) else [found]:
        if not (isinstance(advisory, dict) and "id" in advisory):
            raise NoAdvisory(f"{file} holds no advisory in the OSV format.")
        yield advisory
