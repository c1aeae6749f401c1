"""What one person did, as a report."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from governance.access import can_anywhere
from governance.actions.record import Thing
from governance.actions.record_reading import record_reading
from governance.gate import needs
from governance.permissions import Permission
from governance.sizes import Size
from governance.templatetags.charts import drawn
from governance.trail.files import FORMS
from governance.trail.lines import lines_of
from governance.trail.period import Period, Span
from governance.trail.person_report import Counted, PersonReport, report_on
from governance.trail.question import Question
from governance.usernames import in_address
from governance.views.audit_events import events_url
from governance.views.audit_paging import LinkedBar, bars_of


@needs(Permission.AUDIT_READ)
def person(request: HttpRequest, username: str) -> HttpResponse:
    """Show what somebody did: people of whom the reader may see nothing are not there."""
    query = request.GET.copy()
    query.setlist("person", [in_address(username)])
    question = Question.of(query, request.user, default=Span.MONTH)
    somebody = question.surroundings.person(username)
    if somebody is None:
        raise Http404
    rows = question.rows
    report = report_on(rows, question.surroundings)
    context = {
        "person": somebody,
        "question": question,
        "report": report,
        "bars": bars_of(question, question.period.bins(rows), lambda query: _address(username, query)),
        "kinds": _bars(question, "event", report.kinds),
        "collections": _bars(question, "collection", report.collections),
        "purposes": [LinkedBar(str(each.label), each.n, "") for each in report.purposes],
        "hours": _hours(report),
        "refusals": lines_of(list(report.refusals), question.surroundings),
        "all_url": _of(question),
        "urls": {name: _of(question, **pairs) for name, pairs in _TILES.items()},
        "spans": _spans(question, username),
        "files": _files(question),
        "total": Size(report.events, True),
        "may_export": can_anywhere(request.user, Permission.AUDIT_EXPORT),
    }
    things = [Thing("user", somebody.pk)]
    record_reading(request.user, "person", things=things, filter=question.in_words())
    return render(request, "governance/audit_person.html", context)


_TILES: dict[str, dict[str, str]] = {
    "signed_in": {"event": "session.signed_in"},
    "revealed": {"event": "phi.viewed"},
    "lenses": {"event": "lens.opened"},
    "refused": {"outcome": "refused"},
}


def _of(question: Question, **more: str) -> str:
    """The list of this person's events, narrowed further."""
    query = QueryDict(question.query(), mutable=True)
    for name, value in more.items():
        query[name] = value
    if not question.period.pairs:
        query["period"] = Span.MONTH.value
    return events_url(query.urlencode())


def _bars(question: Question, name: str, counted: Iterable[Counted]) -> list[LinkedBar]:
    return [LinkedBar(str(each.label), each.n, _of(question, **{name: each.key})) for each in counted]


def _hours(report: PersonReport) -> list[Any]:
    bars = [LinkedBar(f"{hour:02d}", n, "") for hour, n in enumerate(report.hours)]
    return drawn(bars, 3)


def _address(username: str, query: str) -> str:
    kept = QueryDict(query, mutable=True)
    kept.pop("person", None)
    address = reverse("audit:person", args=[username])
    return f"{address}?{kept.urlencode()}" if kept else address


def _spans(question: Question, username: str) -> list[tuple[Span, bool, str]]:
    return [
        (
            span,
            span is question.period.span,
            _address(username, question.of_period(Period.lasting(span)).query()),
        )
        for span in Span
    ]


def _files(question: Question) -> list[tuple[object, str]]:
    query = question.frozen().query()
    return [(form, f"{reverse('audit:file', args=[key])}?{query}") for key, form in FORMS.items()]
