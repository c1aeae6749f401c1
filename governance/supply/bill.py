"""A software bill of materials in the form of CycloneDX 1.6 (ECMA-424)."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from email.message import Message
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, metadata
from typing import Any

from governance.supply.lock import Locked

# Some packages write the whole text of their licence where its name belongs.
LONGEST_NAME = 80


def bill_of(packages: Sequence[Locked], *, name: str, version: str) -> dict[str, Any]:
    """Return the bill of an application and its packages. The same lock makes the same bill, number included."""
    content = repr([(each.purl, each.hashes) for each in packages]).encode()
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.UUID(bytes=sha256(content).digest()[:16], version=5)}",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "bom-ref": name, "name": name, "version": version},
        },
        "components": [_component(each) for each in packages],
        "dependencies": [{"ref": name, "dependsOn": [each.purl for each in packages]}],
    }


def _component(package: Locked) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "hashes": [{"alg": "SHA-256", "content": each} for each in package.hashes],
    }
    if licences := list(_licences(package.name)):
        told["licenses"] = licences
    if package.marker:
        told["properties"] = [{"name": "isocenter:marker", "value": package.marker}]
    return told


def _licences(name: str, look: Callable[[str], Any] = metadata) -> Iterator[dict[str, Any]]:
    """What the installed package says of its licence: an expression (PEP 639), a name, or classifiers."""
    try:
        said: Message = look(name)
    except PackageNotFoundError:
        return  # for another platform
    if expression := said.get("License-Expression"):
        yield {"expression": expression}
        return
    plain = (said.get("License") or "").strip()
    if plain and plain != "UNKNOWN" and "\n" not in plain and len(plain) <= LONGEST_NAME:
        yield {"license": {"name": plain}}
        return
    for classifier in said.get_all("Classifier") or []:
        if classifier.startswith("License ::"):
            yield {"license": {"name": classifier.rpartition(" :: ")[2]}}
