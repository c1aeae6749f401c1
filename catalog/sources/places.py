"""What every kind of source offers to a crawl."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class SourceUnreachable(Exception):
    """The whole place is away (a disk unmounted, a server down): wait and try again, conclude nothing."""


class ObstacleCause(StrEnum):
    """What a walk could not look into, with what to do about it."""

    FOLDER_UNREADABLE = "folder_unreadable"
    FOLDER_VANISHED = "folder_vanished"
    SYMLINK_LOOP = "symlink_loop"
    LINK_OUTSIDE_SOURCE = "link_outside_source"
    DANGLING_LINK = "dangling_link"
    SPECIAL_FILE = "special_file"
    IO_ERROR = "io_error"
    PATH_TOO_LONG = "path_too_long"

    @property
    def title(self) -> str:  # type: ignore[override]
        return _WORDS[self][0]

    @property
    def remedy(self) -> str:
        return _WORDS[self][1]


_WORDS = {
    ObstacleCause.FOLDER_UNREADABLE: (
        "Folder may not be read",
        "Give the account that runs the workers read and execute permission on the folder, then crawl again.",
    ),
    ObstacleCause.FOLDER_VANISHED: (
        "Folder vanished while it was being listed",
        "Crawl again; if it keeps happening, something moves folders during the crawl.",
    ),
    ObstacleCause.SYMLINK_LOOP: (
        "Link leads back to a folder above it",
        "Nothing is lost; remove the link if it is an accident.",
    ),
    ObstacleCause.LINK_OUTSIDE_SOURCE: (
        "Link leads outside the source",
        "Links out of a source are not followed. Add the folder it leads to as a source of its own.",
    ),
    ObstacleCause.DANGLING_LINK: ("Link leads nowhere", "Restore what it pointed to, or remove the link."),
    ObstacleCause.SPECIAL_FILE: (
        "Socket, pipe or device",
        "It is no file and holds no DICOM; move it out of the archive.",
    ),
    ObstacleCause.IO_ERROR: ("Disk or network error", "Check the disk or the mount, then crawl again."),
    ObstacleCause.PATH_TOO_LONG: (
        "Folder nested too deep",
        "Its path has over 1,500 bytes. Shorten the folders' names or move it further up, then crawl again.",
    ),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One file as the walk saw it: where, how many bytes, when it changed (ns since 1970), which inode."""

    locator: str
    size: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A place that was not looked into; `hides` is the beginning of the locators that it may hide, if any."""

    locator: str
    cause: ObstacleCause
    detail: str = ""
    hides: str | None = None


class OpenObject(Protocol):
    """A stored object, open for reading at an offset (catalog.dicom.ByteSource, and what changed since)."""

    size: int
    mtime_ns: int
    inode: int

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset`; fewer only at the end."""
        ...


class Place(Protocol):
    """Somewhere DICOM is kept."""

    def identity(self) -> str:
        """Return what tells this place from an empty mount point at the same address."""
        ...

    def check(self, identity: str = "") -> None:
        """Raise SourceUnreachable unless the place is there, and is the one of `identity` when given."""
        ...

    def walk(self, after: str = "") -> Iterator[Listed | Obstacle]:
        """List every file whose locator sorts after `after`, in the order of the locators' code points."""
        ...

    def look(self, locator: str) -> Listed:
        """Return one file as it is now; raises OSError."""
        ...

    def open(self, locator: str) -> AbstractContextManager[OpenObject]:
        """Open one file; raises OSError."""
        ...
