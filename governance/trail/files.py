"""The trail as files: exactly the events of a question, as a table or in a form that other systems read."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.exports import Receipt, csv_pieces
from governance.models import AuditEvent
from governance.models.audit import AuditEventQuerySet
from governance.trail.formats import FORMATS, Format
from governance.trail.lines import CSV_HEADING, csv_rows
from governance.trail.question import Question

Pieces = Callable[[Question, AuditEventQuerySet, Receipt], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of file; `pieces` makes it, and counts and hashes it on the way."""

    key: str
    title: str | Promise
    content_type: str
    suffix: str
    pieces: Pieces


def _table(question: Question, rows: AuditEventQuerySet, receipt: Receipt) -> Iterator[bytes]:
    cells = csv_rows(question.everything(rows), question.surroundings)
    return csv_pieces(CSV_HEADING, cells, receipt)


def _in(form: Format) -> Pieces:
    def pieces(question: Question, rows: AuditEventQuerySet, receipt: Receipt) -> Iterator[bytes]:
        for line in form.lines(_counted(question.everything(rows), receipt)):
            receipt.digest.update(line)
            yield line

    return pieces


def _counted(events: Iterable[AuditEvent], receipt: Receipt) -> Iterator[AuditEvent]:
    for event in events:
        receipt.rows += 1
        yield event


FORMS: dict[str, Form] = {
    "csv": Form("csv", _("Table (CSV)"), "text/csv; charset=utf-8", ".csv", _table),
    **{
        key: Form(key, form.title, form.content_type, form.suffix, _in(form)) for key, form in FORMATS.items()
    },
}
