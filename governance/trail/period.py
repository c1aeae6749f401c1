"""The period that every question to the trail has: it says which months are looked into, and how its bars are cut."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from django.db.models import Count
from django.db.models.functions import Trunc
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.models.audit import AuditEventQuerySet

# No event is older, and none lies further ahead than a clock may be wrong.
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class Span(StrEnum):
    """Periods that end now."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"
    YEAR = "1y"
    # What 45 CFR 164.316(b)(2)(i) has kept, and 164.528(a) accounted for.
    SIX_YEARS = "6y"

    @property
    def length(self) -> timedelta:
        return _LENGTHS[self]

    @property
    def says(self) -> Promise:
        return _SAYS[self]


_LENGTHS = {
    Span.DAY: timedelta(days=1),
    Span.WEEK: timedelta(days=7),
    Span.MONTH: timedelta(days=30),
    Span.QUARTER: timedelta(days=90),
    Span.YEAR: timedelta(days=365),
    Span.SIX_YEARS: timedelta(days=6 * 366),
}
_SAYS = {
    Span.DAY: _("Last 24 hours"),
    Span.WEEK: _("Last 7 days"),
    Span.MONTH: _("Last 30 days"),
    Span.QUARTER: _("Last 90 days"),
    Span.YEAR: _("Last year"),
    Span.SIX_YEARS: _("Last 6 years"),
}


class Step(StrEnum):
    """How wide a bar is: PostgreSQL's word for it."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def after(self, moment: datetime) -> datetime:
        """Return where the next bar begins."""
        if self is Step.MONTH:
            return (moment + timedelta(days=32)).replace(day=1)
        return moment + _WIDTHS[self]

    def floor(self, moment: datetime) -> datetime:
        """Return where the bar of a moment begins; weeks begin on Monday."""
        if self is Step.HOUR:
            return moment.replace(minute=0, second=0, microsecond=0)
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        if self is Step.WEEK:
            return midnight - timedelta(days=midnight.weekday())
        return midnight.replace(day=1) if self is Step.MONTH else midnight


_WIDTHS = {Step.HOUR: timedelta(hours=1), Step.DAY: timedelta(days=1), Step.WEEK: timedelta(days=7)}
# The widest period that is still cut into such bars.
_FINEST = ((timedelta(hours=49), Step.HOUR), (timedelta(days=62), Step.DAY), (timedelta(days=400), Step.WEEK))


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar: how many events from `begin` on and before `end`."""

    begin: datetime
    end: datetime
    n: int


@dataclass(frozen=True, slots=True)
class Period:
    """From `begin` on, before `end`; `pairs` is how an address says it, in which days are whole and in UTC."""

    begin: datetime
    end: datetime
    pairs: tuple[tuple[str, str], ...]
    span: Span | None = None

    @classmethod
    def lasting(cls, span: Span, *, is_default: bool = False) -> "Period":
        """The period of that length which ends now."""
        now = timezone.now()
        pairs = () if is_default else (("period", span.value),)
        return cls(now - span.length, now, pairs, span)

    @classmethod
    def between(cls, begin: datetime, end: datetime) -> "Period":
        """From one moment to another, exactly."""
        return cls(begin, end, (("from", _written(begin)), ("to", _written(end))))

    @classmethod
    def of(cls, query: QueryDict, default: Span) -> "Period | None":
        """Return the period of an address, `default` where it names none; None when it cannot be understood."""
        given = [query.get(name, "").strip() for name in ("period", "from", "to")]
        span, begin, end = given
        if not any(given):
            return cls.lasting(default, is_default=True)
        if span:
            return cls.lasting(Span(span)) if span in set(Span) and not (begin or end) else None
        return _from_to(begin, end, default)

    @property
    def step(self) -> Step:
        length = self.end - self.begin
        return next((step for widest, step in _FINEST if length <= widest), Step.MONTH)

    def frozen(self) -> "Period":
        """Return the same period with both ends written out: what comes later is not in it."""
        return Period.between(self.begin, self.end)

    def bins(self, rows: AuditEventQuerySet) -> list[Bin]:
        """Count rows that lie in this period by bars, the empty ones too; years begin with their first event."""
        step = self.step
        cut = Trunc("recorded_at", step.value, tzinfo=UTC)
        counted = rows.order_by().annotate(cut=cut).values_list("cut").annotate(n=Count("*"))
        found = dict(counted)
        is_long = step in {Step.WEEK, Step.MONTH}
        begin = max(self.begin, min(found, default=self.begin)) if is_long else self.begin
        first = step.floor(begin)
        return [Bin(begin, step.after(begin), found.get(begin, 0)) for begin in self._cuts(first)]

    def _cuts(self, begin: datetime) -> Iterator[datetime]:
        while begin < self.end:
            yield begin
            begin = self.step.after(begin)


def _from_to(begin: str, end: str, default: Span) -> Period | None:
    """Read a day as the whole of it, and a moment as itself."""
    try:
        until = min(_moment(end, days=1), LATEST) if end else timezone.now()
        since = max(_moment(begin, days=0), EARLIEST) if begin else until - default.length
    except (ValueError, OverflowError):
        return None
    if since >= until:
        return None
    return Period(since, until, tuple((name, text) for name, text in (("from", begin), ("to", end)) if text))


def _moment(text: str, days: int) -> datetime:
    if len(text) == 10:
        return datetime.combine(date.fromisoformat(text), time(), UTC) + timedelta(days=days)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or len(text) > 32:
        raise ValueError
    return moment.astimezone(UTC)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
