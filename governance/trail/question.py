"""One question to the trail, as an address asks it: who asks, what for, of which period; lists and files answer it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import QueryDict

from governance.access import Person, scope_of
from governance.audit.events import Event
from governance.keyset import Order
from governance.models import AuditEvent
from governance.models.audit import AuditEventQuerySet
from governance.permissions import Permission
from governance.trail.filters import Chosen, Surroundings
from governance.trail.period import Period, Span

NEWEST = Order("newest", "", "recorded_at")
DEFAULT_SPAN = Span.WEEK


@dataclass(frozen=True, slots=True)
class Question:
    """A period and filters, for one reader; `patient` is a keyed hash that never comes from an address as it is."""

    surroundings: Surroundings
    period: Period
    chosen: Chosen
    is_complete: bool = True
    patient: str = ""

    @classmethod
    def of(
        cls, query: QueryDict, user: Person, *, default: Span = DEFAULT_SPAN, patient: str = ""
    ) -> "Question":
        """Read an address; what is not understood is left out, and `is_complete` says so."""
        surroundings = Surroundings(user)
        chosen = Chosen.of(query, surroundings)
        period = Period.of(query, default)
        is_complete = period is not None and not chosen.left_out
        return cls(
            surroundings,
            period or Period.lasting(default, is_default=True),
            chosen,
            is_complete,
            patient,
        )

    @property
    def rows(self) -> AuditEventQuerySet:
        """The events that answer it and that the reader may see."""
        return self._narrowed(AuditEvent.objects.within(self.surroundings.scope))

    @property
    def exportable(self) -> AuditEventQuerySet:
        """Those of them that the reader may also take away."""
        may_take = scope_of(self.surroundings.user, Permission.AUDIT_EXPORT)
        return self.rows.within(may_take)

    def _narrowed(self, rows: AuditEventQuerySet) -> AuditEventQuerySet:
        rows = rows.recorded_between(self.period.begin, self.period.end)
        if self.patient:
            rows = rows.about_patient(self.patient).beside_the_trail()
        return self.chosen.apply(rows, self.surroundings)

    @property
    def looks(self) -> AuditEventQuerySet:
        """The questions to the trail about the patient: who asked is not who saw, and is kept all the same."""
        asked = AuditEvent.objects.within(self.surroundings.scope).about_patient(self.patient)
        return asked.recorded_between(self.period.begin, self.period.end).of_kinds([Event.AUDIT_READ])

    def pairs(self) -> list[tuple[str, str]]:
        return [*self.period.pairs, *self.chosen.pairs()]

    def query(self, **extra: str) -> str:
        """Return the query string of the address that asks this again."""
        return urlencode([*self.pairs(), *((name, value) for name, value in extra.items() if value)])

    def without(self, name: str, value: str) -> str:
        """Return the query string without one value."""
        return urlencode([pair for pair in self.pairs() if pair != (name, value)])

    def of_period(self, period: Period) -> "Question":
        return replace(self, period=period)

    def frozen(self) -> "Question":
        """Return the same question with its period's ends written out, for files that hold what a page showed."""
        return self.of_period(self.period.frozen())

    def in_words(self) -> list[list[str]]:
        """Return the filters as receipts and the trail itself keep them."""
        exact = self.period.frozen().pairs
        return [[name, value] for name, value in (*exact, *self.chosen.pairs())]

    def everything(self, rows: AuditEventQuerySet) -> Iterable[AuditEvent]:
        """Yield rows of the answer, the newest first, a few thousand at a time."""
        for part in NEWEST.rows(rows):
            yield from part.iterator(chunk_size=2000)
