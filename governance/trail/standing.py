"""How the trail stands: what is sealed under which head, what still waits, and when somebody last looked."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import connection

from governance.audit.events import Event, Outcome
from governance.models import AuditCheckpoint, AuditEvent, AuditLeaf

# One verification at a time, whoever asks: the key of PostgreSQL's advisory lock.
VERIFYING_LOCK = 7_238_407
_MARK = "audit-verification-asked-for"
# A mark that no worker took by then is forgotten, and one may ask again.
MARK_SECONDS = 600
# Of the anchor file only the end is read, which holds the last note.
_LONGEST_NOTE = 4096


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head that is kept elsewhere: in a file, in S3, as a time stamp."""

    where: str
    size: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Verification:
    """The last verification, as the trail itself tells of it."""

    event: AuditEvent
    is_good: bool
    events: int
    position: int | None
    said: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What the panel says of the whole trail; `oldest` is when the first event that is not sealed was written."""

    head: AuditCheckpoint | None
    first_at: datetime | None
    last_at: datetime | None
    unsealed: int
    oldest: datetime | None
    anchors: tuple[Anchor, ...]
    last: Verification | None
    is_verifying: bool

    @property
    def size(self) -> int:
        return self.head.size if self.head else 0

    @property
    def newest_anchor(self) -> Anchor | None:
        return max(self.anchors, key=lambda anchor: anchor.at, default=None)

    @property
    def root(self) -> str:
        return bytes(self.head.root).hex() if self.head else ""

    @property
    def last_position(self) -> int:
        return self.head.size - 1 if self.head else 0


def standing() -> Standing:
    """Look at the trail as a whole: for those only who may read all of it."""
    head = AuditCheckpoint.objects.last()
    ends = AuditLeaf.objects.in_bulk([0, head.size - 1]) if head else {}
    unsealed, oldest = _unsealed()
    return Standing(
        head=head,
        first_at=ends[0].recorded_at if 0 in ends else None,
        last_at=ends[head.size - 1].recorded_at if head and head.size - 1 in ends else None,
        unsealed=unsealed,
        oldest=oldest,
        anchors=tuple(_anchors()),
        last=last_verification(),
        is_verifying=is_verifying(),
    )


def last_verification() -> Verification | None:
    """Return what the newest verification found, None before the first."""
    event = AuditEvent.objects.filter(event=Event.AUDIT_VERIFIED).order_by("-id").first()
    if event is None:
        return None
    detail = event.told["detail"]
    return Verification(
        event,
        event.outcome == Outcome.SUCCESS,
        detail.get("events") or 0,
        detail.get("position"),
        detail.get("finding") or "",
    )


def is_verifying() -> bool:
    """Tell whether a verification runs, or waits for a worker."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = %s"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
            [VERIFYING_LOCK],
        )
        runs: bool = cursor.fetchone()[0]
    return runs or cache.get(_MARK) is not None


def mark_asked() -> bool:
    """Note that somebody asked for a verification; False where one is asked for already."""
    return not is_verifying() and bool(cache.add(_MARK, True, timeout=MARK_SECONDS))


def forget_asked() -> None:
    cache.delete(_MARK)


def _unsealed() -> tuple[int, datetime | None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), min(recorded_at) FROM governance_audit_pending")
        number, oldest = cursor.fetchone()
    return number, oldest


def _anchors() -> list[Anchor]:
    """The newest head at each anchor: of the file where this process can read it, of the others from the trail."""
    found: dict[str, Anchor] = {}
    for event in AuditEvent.objects.filter(event=Event.AUDIT_ANCHORED).order_by("-id")[:50]:
        size = event.told["detail"].get("size")
        for name in event.participant_objects:
            if name.startswith("anchor:"):
                where = name.removeprefix("anchor:")
                found.setdefault(where, Anchor(where, size, event.recorded_at))
    if "file" not in found and (kept := _file_anchor()):
        found["file"] = kept
    return [found[where] for where in sorted(found)]


def _file_anchor() -> Anchor | None:
    """What the anchor file last got; it is the sealer's, and may lie where this process cannot read it."""
    if not settings.AUDIT_ANCHORS:
        return None
    try:
        with Path(settings.AUDIT_ANCHORS).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _LONGEST_NOTE))
            end = file.read().decode(errors="replace")
        written = Path(settings.AUDIT_ANCHORS).stat().st_mtime
    except OSError:
        return None
    notes = [note for note in end.split("---\n") if note.strip()]
    size = notes[-1].split("\n")[1:2] if notes else []
    if not size or not size[0].isdecimal():
        return None
    return Anchor("file", int(size[0]), datetime.fromtimestamp(written, UTC))
