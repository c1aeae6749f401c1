"""Kinds of places that hold DICOM, behind one Protocol. Pure Python: no Django here.

To add a kind: write one file with one class, and name it in KINDS.
"""

from importlib import import_module

from catalog.sources.places import (
    Listed,
    Obstacle,
    ObstacleCause,
    OpenObject,
    Place,
    SourceUnreachable,
)

KINDS = {"folder": "catalog.sources.folder.Folder"}


def open_place(kind: str, location: str) -> Place:
    """Return the place of a Source; raises SourceUnreachable when it is not there."""
    module, _, name = KINDS[kind].rpartition(".")
    place: Place = getattr(import_module(module), name)(location)
    return place


__all__ = [
    "KINDS",
    "Listed",
    "Obstacle",
    "ObstacleCause",
    "OpenObject",
    "Place",
    "SourceUnreachable",
    "open_place",
]
