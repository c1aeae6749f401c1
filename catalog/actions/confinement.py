"""Where sources may lie, asked when one is added and again each time it is opened."""

import os
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from catalog.models import Source
from catalog.sources import Place, SourceUnreachable, open_place

# What the system keeps for itself: no archive lies there, and some of it is no plain file.
SYSTEM = ("/boot", "/dev", "/etc", "/proc", "/sys")


class OutOfBounds(SourceUnreachable):
    """The folder lies where no source may; the message says why."""


def real_root(location: str) -> str:
    """Return the folder that a full path leads to. Raises OutOfBounds.

    It must lie under ISOCENTER_SOURCE_ROOTS where those are named; nowhere may it hold Isocenter's own keys and
    database, or lie among the system's own folders.
    """
    root = Path(os.path.realpath(location))
    own = Path(os.path.realpath(settings.DATA_DIR))
    if own.is_relative_to(root):
        raise OutOfBounds(_("Isocenter keeps its own data in this folder."))
    if any(root.is_relative_to(folder) for folder in SYSTEM):
        raise OutOfBounds(_("This folder is the system's own."))
    allowed = settings.SOURCE_ROOTS
    if allowed and not any(root.is_relative_to(os.path.realpath(folder)) for folder in allowed):
        raise OutOfBounds(_("Sources may only lie under the folders named in ISOCENTER_SOURCE_ROOTS."))
    return str(root)


def place_of(source: Source) -> Place:
    """Open a source's place, wherever its path leads by now. Raises SourceUnreachable, also when out of bounds."""
    return open_place(source.kind, real_root(source.location))
