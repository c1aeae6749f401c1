"""An append-only file: as good as the place where it lies."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from governance.anchors.anchor import Kept, Unavailable

SEPARATOR = "---\n"


class FileAnchor:
    """Adds each head to one file, separated by lines of three hyphens; another sealer may write to it too."""

    name = "file"
    # A head a minute: an event for each would fill the trail with itself.
    recorded = False

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self, size: int, note: str) -> None:  # noqa: ARG002 - the note says its size
        try:
            if not self._ends_with(note):
                self._append(note)
        except OSError as error:
            raise Unavailable(f"The anchor file cannot be written: {error.strerror}.") from None

    def kept(self) -> Iterator[Kept]:
        """Yield the notes, the oldest first; only of the last is it known when it was written."""
        try:
            text = self._path.read_text(encoding="utf-8")
            at = datetime.fromtimestamp(self._path.stat().st_mtime, UTC)
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError):
            raise Unavailable("The anchor file cannot be read.") from None
        notes = [note for note in text.split(SEPARATOR) if note.strip()]
        for number, note in enumerate(notes, 1):
            yield Kept(note, f"note {number}", at if number == len(notes) else None)

    def _ends_with(self, note: str) -> bool:
        entry = f"{note}{SEPARATOR}".encode()
        if not self._path.exists():
            return False
        with self._path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - len(entry)))
            return file.read() == entry

    def _append(self, note: str) -> None:
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            # One write: a reader, or another sealer, never finds half a note.
            os.write(handle, f"{note}{SEPARATOR}".encode())
            os.fsync(handle)
        finally:
            os.close(handle)
