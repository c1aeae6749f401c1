"""What one request may see unmasked, and what it has seen: every row that a page shows goes through here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

from catalog.identifying import IDENTIFYING, Kind
from catalog.masking.masker import Masker
from catalog.masking.rows import COLLECTION_OF, MaskedRow, follow, masker_of
from governance.access import can
from governance.actions.record import Thing
from governance.audit import origin
from governance.models import Lens, User
from governance.patient_hash import patient_hash
from governance.permissions import Permission

# How a program says under which lens it asks; a person's session carries theirs by itself.
LENS_HEADER = "Isocenter-Lens"

# From each model to what a lens is opened on.
_REACHED_BY: dict[str, dict[str, str]] = {
    Lens.Scope.STUDY: {"Study": "pk", "Series": "study_id", "Instance": "series.study_id"},
    Lens.Scope.PATIENT: {
        "Patient": "pk",
        "Study": "patient_id",
        "Series": "study.patient_id",
        "Instance": "series.study.patient_id",
    },
    Lens.Scope.QUEUE: {"Source": "pk", "Quarantine": "source_id", "CrawlProblem": "crawl.source_id"},
}
# Of these alone it is noted that they were shown: the others tell of no patient, masked or not.
_PATIENT_OF = {
    "Patient": "",
    "Study": "patient",
    "Series": "study.patient",
    "Instance": "series.study.patient",
}
_NOTED = frozenset({*_PATIENT_OF, "Quarantine", "CrawlProblem"})


@dataclass(frozen=True, slots=True)
class Seen:
    """A row that was shown, as the audit trail names it."""

    thing: Thing
    collection_id: int
    patient: str
    revealed: bool


@dataclass(slots=True)
class Sight:
    """The eyes of one request: `lens` is what it may see unmasked, `seen` what it was shown.

    `subject` is the row that a page is about, None on lists; `asked` says of a list how it was narrowed, in words
    that identify nobody.
    """

    user: User | AnonymousUser
    lens: Lens | None
    seen: dict[Thing, Seen] = field(default_factory=dict)
    subject: models.Model | None = None
    asked: tuple[str, ...] = ()

    def reveals(self, row: models.Model) -> bool:
        """Tell whether the open lens reaches a row."""
        if self.lens is None or follow(row, COLLECTION_OF[type(row).__name__]) != self.lens.collection_id:
            return False
        path = _REACHED_BY[self.lens.scope].get(type(row).__name__)
        return path is not None and follow(row, path) == self.lens.scope_id

    def masker_of(self, row: models.Model) -> Masker:
        """Return the masker for what belongs to a row, and take note that it is shown."""
        self.note(row)
        masker = masker_of(row)
        return masker.revealing() if self.reveals(row) else masker

    def masked(self, row: models.Model) -> MaskedRow:
        """Return a row as this request may see it."""
        return MaskedRow(row, self.masker_of(row))

    def masked_rows(self, rows: Iterable[models.Model]) -> Iterator[MaskedRow]:
        return (self.masked(row) for row in rows)

    def about(self, row: models.Model) -> MaskedRow:
        """Return the row that a page is about."""
        self.subject = row
        return self.masked(row)

    def revealed(self, row: models.Model) -> dict[str, Any] | None:
        """Return the identifying columns of a row as they are, None where no lens reaches it."""
        if not self.reveals(row):
            return None
        kinds = IDENTIFYING[type(row).__name__]
        self.note(row)
        return {name: getattr(row, name) for name, kind in kinds.items() if kind is not Kind.HEADER}

    def note(self, row: models.Model) -> None:
        """Take note that a row is shown, masked or not."""
        model = type(row).__name__
        if model not in _NOTED:
            return
        thing = Thing(str(row._meta.model_name), getattr(row, "code", row.pk))
        patient = follow(row, _PATIENT_OF[model]) if model in _PATIENT_OF else None
        self.seen[thing] = Seen(
            thing,
            follow(row, COLLECTION_OF[model]),
            patient_hash(patient.issuer_of_patient_id, patient.patient_id, patient.anchor) if patient else "",
            self.reveals(row),
        )


def sight_of(request: Any) -> Sight:
    """Return the sight of a request, the same one however often it is asked for; also of one that the API wraps."""
    http: HttpRequest = getattr(request, "_request", request)
    sight: Sight | None = getattr(http, "sight", None)
    if sight is None:
        sight = Sight(request.user, _open_lens(http, request.user))
        http.sight = sight  # type: ignore[attr-defined]
    return sight


def _open_lens(request: HttpRequest, user: User | AnonymousUser) -> Lens | None:
    """Return the lens that this very session or token has open, if its owner may still use it.

    The API takes none that it is not told of, so that no program is shown identities without asking for them.
    """
    credential = origin.current().credential
    if not isinstance(user, User) or not credential:
        return None
    lenses = Lens.objects.filter(user=user).open_at(timezone.now()).shown_with(credential)
    if origin.current().channel is origin.Channel.API:
        named = request.headers.get(LENS_HEADER, "")
        lenses = lenses.filter(pk=int(named)) if named.isdecimal() and len(named) < 19 else lenses.none()
    lens = lenses.select_related("collection").first()
    if lens is None or not can(user, Permission.PHI_REVEAL, lens.collection):
        return None
    return lens
