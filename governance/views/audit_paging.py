"""What the trail's lists have in common: a keyset page of a question, the links beside it, the bars above it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from django.http import HttpRequest
from django.utils.formats import date_format

from governance.keyset import PAGE_SIZES, Page, page_of
from governance.models import AuditEvent
from governance.sizes import Size, size_of
from governance.templatetags.charts import Drawn, drawn
from governance.trail.period import Bin, Period, Step
from governance.trail.question import NEWEST, Question

_LABELLED_BARS = 12
_LABELS = {Step.HOUR: "H:i", Step.DAY: "M j", Step.WEEK: "M j", Step.MONTH: "M Y"}


@dataclass(frozen=True, slots=True)
class Shown:
    """One page of the answer to a question; `address` makes the address of another page, `sizes` are how long one may be."""

    page: Page[AuditEvent]
    total: Size
    size: int
    start: int
    address: Callable[[str], str]
    question: Question
    sizes: Sequence[int]

    @classmethod
    def of(
        cls,
        request: HttpRequest,
        question: Question,
        address: Callable[[str], str],
        sizes: Sequence[int] = PAGE_SIZES,
    ) -> "Shown":
        rows = question.rows
        size = _page_size(request, sizes)
        after, before = (_cursor(request, question, name) for name in ("after", "before"))
        page = page_of(rows, NEWEST, size, after=after, before=before)
        given = request.GET.get("start", "1")
        start = int(given) if given.isdecimal() and len(given) < 10 and page.has_previous else 1
        total = size_of(rows, exactly=request.GET.get("count") == "exact")
        return cls(page, total, size, start, address, question, sizes)

    def pager(self) -> dict[str, Any]:
        """The links to the pages beside this one."""
        rows = self.page.rows
        size = str(self.size) if self.size != PAGE_SIZES[0] else ""
        first, last = (str(rows[0].pk), str(rows[-1].pk)) if rows else ("", "")
        here = self.question.query
        previous = here(size=size, before=first, start=str(max(1, self.start - self.size)))
        following = here(size=size, after=last, start=str(self.start + len(rows)))
        return {
            "start": self.start,
            "end": self.start + len(rows) - 1,
            "previous": self.address(previous) if self.page.has_previous and rows else "",
            "next": self.address(following) if self.page.has_next else "",
            "first": self.address(here(size=size)) if self.page.has_previous else "",
            "sizes": [(each, each == self.size, self.address(here(size=str(each)))) for each in self.sizes],
            "exact": "" if self.total.is_exact else self.address(here(size=size, count="exact")),
        }


def _page_size(request: HttpRequest, sizes: Sequence[int]) -> int:
    asked = request.GET.get("size", "")
    return int(asked) if asked in {str(size) for size in sizes} else sizes[0]


def _cursor(request: HttpRequest, question: Question, name: str) -> AuditEvent | None:
    """Return the event that a page lies beside; one that the reader may not see is none."""
    given = request.GET.get(name, "")
    if not given.isdecimal() or len(given) > 18:
        return None
    return AuditEvent.objects.within(question.surroundings.scope).filter(pk=int(given)).first()


@dataclass(slots=True)
class LinkedBar:
    """A bar that leads to its own events, to nowhere with an empty address."""

    label: str
    n: int
    url: str


@dataclass(frozen=True, slots=True)
class Bars:
    """The histogram: its bars, the earliest first, and how many events they are together."""

    drawn: list[Drawn]
    events: int


def bars_of(question: Question, bins: Sequence[Bin], address: Callable[[str], str]) -> Bars:
    """Return the bars of a period, some of them labelled."""
    step = question.period.step
    bars = [
        LinkedBar(
            _label(each.begin, step),
            each.n,
            address(question.of_period(Period.between(each.begin, each.end)).query()) if each.n else "",
        )
        for each in bins
    ]
    return Bars(drawn(bars, ceil(len(bars) / _LABELLED_BARS) or 1), sum(each.n for each in bins))


def _label(moment: datetime, step: Step) -> str:
    return date_format(moment, _LABELS[step])
