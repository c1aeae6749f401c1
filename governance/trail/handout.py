"""Events of a period written to a file in one of the forms that other systems read."""

import gzip
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import BinaryIO, cast

from django.db import connection, transaction

from governance.models import AuditEvent
from governance.trail.export import read_day
from governance.trail.formats import Format

_AT_ONCE = 2_000


def write_events(target: Path, form: Format, *, begin: str | None, end: str | None) -> int:
    """Write the events recorded from day `begin` to day `end` (UTC, both included); return how many there are.

    They come in the order of their numbers, through a cursor of the server: memory stays the same for any period. A
    target that ends in .gz is compressed. What is not sealed yet is written too; proofs are what bundles are for.
    Raises NothingToExport where a day is none, NotExportable; then no file is left.
    """
    events = AuditEvent.objects.order_by("id")
    if first := read_day(begin):
        events = events.filter(recorded_at__gte=datetime.combine(first, time(), UTC))
    if last := read_day(end):
        events = events.filter(recorded_at__lt=datetime.combine(last + timedelta(days=1), time(), UTC))
    with _whole(target) as file, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        counted = _Counted(events.iterator(_AT_ONCE))
        file.writelines(form.lines(counted))
        return counted.number


class _Counted:
    """The events on their way into the file, counted."""

    def __init__(self, events: Iterable[AuditEvent]) -> None:
        self._events = events
        self.number = 0

    def __iter__(self) -> Iterator[AuditEvent]:
        for event in self._events:
            self.number += 1
            yield event


@contextmanager
def _whole(target: Path) -> Iterator[BinaryIO]:
    """A new file, which does not stay when it does not become whole."""
    with target.open("xb") as plain:
        try:
            if target.suffix == ".gz":
                with gzip.GzipFile(fileobj=plain, mode="wb", mtime=0) as packed:
                    yield cast("BinaryIO", packed)
            else:
                yield plain
        except BaseException:
            target.unlink(missing_ok=True)
            raise
