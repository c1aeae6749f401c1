"""A folder on a disk or a mount, walked in the order of its locators.

A locator is the path below the root, with `/` between names. Names that are not UTF-8 keep their bytes as
`\\xNN`, and a backslash is doubled, so that every name has exactly one locator and comes back from it.
The walk goes in the locators' own order (a folder sorts as its name and a slash), because chunks of a crawl
answer for ranges of locators: that is how vanished files are noticed without holding the listing in memory.

Whoever may write into the folder must not lead a reader out of it. Every folder and file is therefore opened from the
file system's root down, name by name, and never through a link: one that takes a folder's place between the listing
and the reading is refused, and so is what is no regular file.
"""

import errno
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from catalog.sources.places import Listed, Obstacle, ObstacleCause, OpenObject, SourceUnreachable

# Bytes of a folder's locator: with a name in it, four bytes for each that is not UTF-8, it still fits an index.
LONGEST_FOLDER = 1500
_ESCAPED = re.compile(r"\\(\\|x[0-9a-f]{2})")
_SURROGATE = re.compile("[\udc80-\udcff]")
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0)
# On the way down: folders that may be passed through need not be readable, where the system can say so.
_PASS = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | getattr(os, "O_CLOEXEC", 0)


_Done = TypeVar("_Done")


def locator_of(name: str) -> str:
    """Turn a path as Python gives it (PEP 383) into a locator."""
    if "\\" not in name and name.isascii():
        return name
    doubled = name.replace("\\", "\\\\")
    return _SURROGATE.sub(lambda match: f"\\x{ord(match[0]) - 0xDC00:02x}", doubled)


def path_of(locator: str) -> str:
    """Turn a locator back into a path, exactly."""
    if "\\" not in locator:
        return locator
    return _ESCAPED.sub(
        lambda match: "\\" if match[1] == "\\" else chr(0xDC00 + int(match[1][1:], 16)), locator
    )


class FileBytes:
    """An open file, read at offsets."""

    __slots__ = ("_fd", "inode", "mtime_ns", "size")

    def __init__(self, fd: int) -> None:
        found = os.fstat(fd)
        self._fd = fd
        self.size = found.st_size
        self.mtime_ns = found.st_mtime_ns
        self.inode = found.st_ino

    def read_at(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset`; fewer only at the end of the file."""
        data = os.pread(self._fd, length, offset)
        if len(data) == length or not data:
            return data
        parts = [data]
        missing = length - len(data)
        # A network file system may answer in pieces.
        while missing and (data := os.pread(self._fd, missing, offset + length - missing)):
            parts.append(data)
            missing -= len(data)
        return b"".join(parts)


class _Way:
    """The last folder that was come to; files of one folder are read one after the other."""

    __slots__ = ("_fd", "_path")

    def __init__(self) -> None:
        self._fd, self._path = -1, ""

    def to(self, path: str) -> int:
        """Return a descriptor of the folder at a full path; valid until the next call. Raises OSError."""
        if path != self._path:
            self.leave()
            self._fd, self._path = _descend(path), path
        return self._fd

    def leave(self) -> None:
        """Forget the folder: another may be in its place by now."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd, self._path = -1, ""

    __del__ = leave


def _descend(path: str) -> int:
    """Open a folder from the root down; a link on the way raises NotADirectoryError."""
    at = os.open("/", _PASS)
    for name in filter(None, path.split("/")):
        if name in {".", ".."}:
            os.close(at)
            raise NotADirectoryError(errno.ENOTDIR, "The path is not a plain one")
        try:
            deeper = os.open(name, _PASS, dir_fd=at)
        finally:
            os.close(at)
        at = deeper
    return at


@dataclass(frozen=True, slots=True)
class _Entries:
    """One folder's names in locator order; folders end in a slash."""

    names: list[str]
    links: frozenset[str]


class Folder:
    """The kind of source that is a folder, at a full path that leads through no link."""

    def __init__(self, location: str) -> None:
        self.root = location
        self._way = _Way()
        self.check()

    def identity(self) -> str:
        """Return the root's device and inode: an unmounted disk leaves a folder with others behind."""
        found = self._stat_root()
        return f"{found.st_dev}:{found.st_ino}"

    def check(self, identity: str = "") -> None:
        """Raise SourceUnreachable unless the root is a readable folder, and still the one of `identity`."""
        found = self._stat_root()
        if not stat.S_ISDIR(found.st_mode):
            raise SourceUnreachable("The location is not a folder.")
        if not os.access(self.root, os.R_OK | os.X_OK):
            raise SourceUnreachable("The folder may not be read by the account that runs the workers.")
        if identity and identity != f"{found.st_dev}:{found.st_ino}":
            raise SourceUnreachable("Another folder is at this place than before: is the disk mounted?")

    def walk(self, after: str = "") -> Iterator[Listed | Obstacle]:
        """List the files below the root whose locator sorts after `after`, in that order."""
        pending = [self._entries_to_walk("", after)]
        while pending:
            found = next(pending[-1], None)
            if found is None:
                pending.pop()
            elif isinstance(found, str):
                pending.append(self._entries_to_walk(found, after))
            else:
                yield found

    def look(self, locator: str) -> Listed:
        """Return one file as it is now; raises OSError."""
        return self._listed(locator, self._stat(locator))

    @contextmanager
    def open(self, locator: str) -> Iterator[OpenObject]:
        """Open one file for reading at offsets; a link or a pipe that took the file's place since is refused."""
        fd = self._open(locator)
        try:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise OSError(errno.EINVAL, "This is no regular file any more")
            yield FileBytes(fd)
        finally:
            os.close(fd)

    def _path(self, locator: str) -> str:
        return f"{self.root}/{path_of(locator)}"

    def _open(self, locator: str) -> int:
        return self._in_folder(locator, lambda name, folder: os.open(name, _READ, dir_fd=folder))

    def _stat(self, locator: str) -> os.stat_result:
        return self._in_folder(
            locator, lambda name, folder: os.stat(name, dir_fd=folder, follow_symlinks=False)
        )

    def _in_folder(self, locator: str, do: Callable[[str, int], _Done]) -> _Done:
        """Do something with a file's name in its open folder; when it is not found, look by its path again."""
        folder, _, name = self._path(locator).rpartition("/")
        try:
            return do(name, self._way.to(folder))
        except FileNotFoundError:
            self._way.leave()
            return do(name, self._way.to(folder))

    def _stat_root(self) -> os.stat_result:
        try:
            if os.path.realpath(self.root) != self.root:
                raise SourceUnreachable("The folder, or one above it, is a link now.")
            self._way.leave()  # what is there now, not what was there before
            return os.fstat(self._way.to(self.root))
        except OSError as error:
            raise SourceUnreachable(f"The folder cannot be reached: {error.strerror}.") from error

    def _entries_to_walk(self, folder: str, after: str) -> Iterator[Listed | Obstacle | str]:
        """Yield a folder's files and obstacles, and the locator of each folder in it as a string."""
        try:
            entries = self._entries(folder)
        except OSError as error:
            if not folder:
                raise SourceUnreachable(f"The folder cannot be listed: {error.strerror}.") from error
            yield _folder_obstacle(folder, error)
            return
        for name in entries.names:
            locator = folder + name
            is_folder = name.endswith("/")
            if locator <= after and not (is_folder and after.startswith(locator)):
                continue
            if is_folder and len(locator.encode()) > LONGEST_FOLDER:
                yield Obstacle(locator, ObstacleCause.PATH_TOO_LONG, hides=locator)
            elif is_folder:
                yield locator
            elif name in entries.links:
                yield from self._link(locator)
            else:
                yield self._file(locator)

    def _entries(self, folder: str) -> _Entries:
        names: list[str] = []
        links: set[str] = set()
        listing = os.open(
            ".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._way.to(self._path(folder).rstrip("/"))
        )
        try:
            with os.scandir(listing) as found:
                for entry in found:
                    name = locator_of(entry.name)
                    if entry.is_symlink():
                        links.add(name)
                    elif entry.is_dir(follow_symlinks=False):
                        name += "/"
                    names.append(name)
        finally:
            os.close(listing)
        names.sort()
        return _Entries(names, frozenset(links))

    def _file(self, locator: str) -> Listed | Obstacle:
        try:
            found = self._stat(locator)
        except OSError:
            # Gone or unreadable since the folder was listed: reading it will say which.
            return Listed(locator, 0, 0, 0)
        if stat.S_ISREG(found.st_mode):
            return self._listed(locator, found)
        return Obstacle(locator, ObstacleCause.SPECIAL_FILE)

    @staticmethod
    def _listed(locator: str, found: os.stat_result) -> Listed:
        return Listed(locator, found.st_size, found.st_mtime_ns, found.st_ino)

    def _link(self, locator: str) -> Iterator[Obstacle]:
        """Links are never followed: what they lead to inside the source is walked under its own name."""
        path = self._path(locator)
        target = os.path.realpath(path)
        if not os.path.lexists(target):
            yield Obstacle(locator, ObstacleCause.DANGLING_LINK)
        elif target == self.root or f"{Path(path).parent}/".startswith(f"{target}/"):
            yield Obstacle(locator, ObstacleCause.SYMLINK_LOOP)
        elif not target.startswith(f"{self.root}/"):
            yield Obstacle(locator, ObstacleCause.LINK_OUTSIDE_SOURCE)


def _folder_obstacle(folder: str, error: OSError) -> Obstacle:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Obstacle(folder, ObstacleCause.FOLDER_VANISHED, error.strerror or "")
    cause = ObstacleCause.FOLDER_UNREADABLE if isinstance(error, PermissionError) else ObstacleCause.IO_ERROR
    return Obstacle(folder, cause, error.strerror or "", hides=folder)
