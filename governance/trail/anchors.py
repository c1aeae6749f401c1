"""Signed heads kept in a file: who can change the database, and not this file, can no longer rewrite the past."""

import os
from pathlib import Path

from django.conf import settings

from governance.models import AuditCheckpoint

SEPARATOR = "---\n"


def append_head() -> None:
    """Add the newest head to the anchor file, and let it reach the disk; without a file, do nothing."""
    head = AuditCheckpoint.objects.last()
    if not settings.AUDIT_ANCHORS or head is None:
        return
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    handle = os.open(settings.AUDIT_ANCHORS, flags, 0o600)
    try:
        # One write: a reader, or another sealer, never finds half a note.
        os.write(handle, f"{head.note}{SEPARATOR}".encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def read() -> list[str]:
    """Return the notes of the anchor file, the oldest first; none where there is no file."""
    if not settings.AUDIT_ANCHORS or not Path(settings.AUDIT_ANCHORS).exists():
        return []
    text = Path(settings.AUDIT_ANCHORS).read_text(encoding="utf-8")
    return [note for note in text.split(SEPARATOR) if note.strip()]
