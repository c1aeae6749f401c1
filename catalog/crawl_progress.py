"""Watching crawls from a terminal: a bar while they run, one set of counts at the end."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from catalog.actions.wake_crawls import wake_crawls
from catalog.models import Crawl
from catalog.models.counts import CrawlCounts

_LOOK_EVERY_SECONDS = 0.1
_WAKE_EVERY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How several crawls ended, taken together; `seconds` is the time that passed."""

    crawls: tuple[Crawl, ...]
    seconds: float

    def as_json(self) -> dict[str, float | int | bool | str]:
        counts = [crawl.counts() for crawl in self.crawls]
        names = (
            "discovered",
            "catalogued",
            "unchanged",
            "quarantined",
            "vanished",
            "changed",
            "moved",
            "catalogued_bytes",
        )
        total: dict[str, float | int | bool | str] = {
            name: sum(getattr(each, name) for each in counts) for name in names
        }
        finished = sum(each.finished_files for each in counts)
        return total | {
            "adds_up": all(each.adds_up for each in counts),
            "problems": sum(crawl.problems.count() for crawl in self.crawls),
            "status": self.status,
            "seconds": round(self.seconds, 3),
            "per_second": round(finished / self.seconds, 1) if self.seconds else 0.0,
        }

    @property
    def status(self) -> str:
        """The worst that happened: completed only when every crawl is."""
        found = {crawl.status for crawl in self.crawls}
        worst = (Crawl.Status.FAILED, Crawl.Status.PAUSED, Crawl.Status.CANCELLED, Crawl.Status.RUNNING)
        return next((str(status) for status in worst if status in found), str(Crawl.Status.COMPLETED))


def watch(crawls: Sequence[Crawl], console: Console) -> Outcome:
    """Show the progress of `crawls` on `console` until none of them is running."""
    began = time.monotonic()
    ids = [crawl.pk for crawl in crawls]
    with _progress(console) as progress:
        bar = progress.add_task("", total=None, rate="", quarantined="")
        for running in _looks(ids):
            _show(progress, bar, [crawl.counts() for crawl in running])
    ended = Crawl.objects.select_related("source").filter(id__in=ids)
    return Outcome(tuple(ended), time.monotonic() - began)


def _looks(ids: list[int]) -> Iterator[list[Crawl]]:
    """Look at the crawls until none runs; in the foreground there is no beat, so they are woken from here."""
    wake_at = time.monotonic()
    while True:
        crawls = list(Crawl.objects.select_related("source").filter(id__in=ids))
        yield crawls
        if not any(crawl.status == Crawl.Status.RUNNING for crawl in crawls):
            return
        if time.monotonic() >= wake_at:
            wake_crawls()
            wake_at = time.monotonic() + _WAKE_EVERY_SECONDS
        time.sleep(_LOOK_EVERY_SECONDS)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("Crawling"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[quarantined]}"),
        console=console,
        transient=False,
    )


def _show(progress: Progress, bar: TaskID, counts: list[CrawlCounts]) -> None:
    # Until the walk is over the total is not known, and no percentage is made up.
    known = all(each.total_known for each in counts)
    done = sum(each.finished_files for each in counts)
    rate = sum(each.per_second for each in counts)
    quarantined = sum(each.quarantined for each in counts)
    progress.update(
        bar,
        total=sum(each.discovered for each in counts) if known else None,
        completed=done,
        rate=f"{rate:,.0f} files/s",
        quarantined=f"{quarantined:,} quarantined" if quarantined else "",
    )
