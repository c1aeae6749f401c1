"""A folder for Unix sockets whose path is short and plain enough for every client."""

import re
import shutil
import tempfile
from pathlib import Path

from launcher.layout import PRIVATE, Layout

# sun_path holds 104 bytes on macOS and 108 on Linux, with the closing zero (unix(7)).
PATH_LIMIT = 103
LONGEST_NAME = len("/.s.PGSQL.5432.lock")
# libpq reads a comma as a second host, and URLs give a meaning to most other signs.
PLAIN = re.compile(r"[A-Za-z0-9/._-]+")


def socket_folder(layout: Layout, *, apart: bool = False) -> Path:
    """The remembered folder, or a new one: run/ itself, or one under /tmp where run/ will not do.

    `apart` asks for a folder outside the data folder, for a server that runs as another account.
    """
    if known := remembered(layout):
        return known
    if not apart and _suits(layout.run):
        folder = layout.run
    else:
        base = tempfile.gettempdir()
        suitable = _suits(Path(base) / "isocenter-12345678")
        folder = Path(tempfile.mkdtemp(prefix="isocenter-", dir=base if suitable else "/tmp"))  # noqa: S108
        folder.chmod(PRIVATE)
    _memory(layout).write_text(str(folder))
    return folder


def remembered(layout: Layout) -> Path | None:
    """The folder in use, or None before the first start and after the last stop."""
    try:
        folder = Path(_memory(layout).read_text())
    except OSError:
        return None
    return folder if folder.is_dir() else None


def forget(layout: Layout) -> None:
    """Remove the folder if it was made for this purpose. Call when no server runs."""
    folder = remembered(layout)
    if folder and folder != layout.run:
        shutil.rmtree(folder, ignore_errors=True)
    _memory(layout).unlink(missing_ok=True)


def _suits(folder: Path) -> bool:
    text = str(folder)
    return len(text.encode()) + LONGEST_NAME <= PATH_LIMIT and PLAIN.fullmatch(text) is not None


def _memory(layout: Layout) -> Path:
    return layout.run / "sockets"
