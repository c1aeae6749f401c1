"""The trail as a list: filters in the address, keyset pages, the histogram of the period."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from governance.access import can, can_anywhere
from governance.actions.keep_audit_view import views_of
from governance.actions.record_reading import record_reading
from governance.gate import needs
from governance.models import User
from governance.permissions import Permission
from governance.trail.files import FORMS
from governance.trail.filters import BY_NAME, FILTERS, Chosen
from governance.trail.lines import lines_of
from governance.trail.period import Period, Span
from governance.trail.question import DEFAULT_SPAN, Question
from governance.trail.standing import standing
from governance.trail.words import CHANNELS, GROUPS, OUTCOMES
from governance.views.audit_paging import Bars, Shown, bars_of

MOST_PEOPLE = 500


@needs(Permission.AUDIT_READ)
def events(request: HttpRequest) -> HttpResponse:
    """Show one page of events, the newest first."""
    question = Question.of(request.GET, request.user)
    if not question.is_complete:
        messages.warning(
            request,
            _("A filter in the address was not understood, or lies outside your access. It is left out."),
        )
    shown = Shown.of(request, question, events_url)
    reads_all = can(request.user, Permission.AUDIT_READ)
    context = {
        "question": question,
        "lines": lines_of(shown.page.rows, question.surroundings),
        "total": shown.total,
        "pager": shown.pager(),
        "chips": _chips(question),
        "spans": _spans(question),
        "bars": _bars(question) if shown.total.is_exact or "histogram" in request.GET else None,
        "histogram_url": f"{reverse('audit:histogram')}?{question.query()}",
        "histogram_link": events_url(question.query(histogram="1")),
        "files": _files(question),
        "may_export": can_anywhere(request.user, Permission.AUDIT_EXPORT),
        "options": _options(question, reads_all=reads_all),
        "saved": _saved(request),
        "standing": standing() if reads_all else None,
        "query": question.query(),
        "api": f"/api/audit-events/?{api_query(question)}",
    }
    record_reading(request.user, "events", filter=question.in_words(), rows=len(shown.page.rows))
    return render(request, "governance/audit_events.html", context)


@needs(Permission.AUDIT_READ)
def histogram(request: HttpRequest) -> HttpResponse:
    """Return the bars alone: counting a million events must not hold up the list, which was recorded already."""
    question = Question.of(request.GET, request.user)
    return render(
        request, "governance/_audit_histogram.html", {"bars": _bars(question), "question": question}
    )


@require_POST
@sensitive_post_parameters()
@needs(Permission.AUDIT_READ)
def narrow(request: HttpRequest) -> HttpResponse:
    """Add what a form says to the filters, and go to the address of both.

    What is typed is sent in the body, and gets into an address only once it is known to name no patient.
    """
    before = Question.of(QueryDict(request.POST.get("query", "")), request.user)
    added = Chosen.of(request.POST, before.surroundings)
    for name in added.left_out:
        title = BY_NAME[name].title
        messages.warning(
            request, _("%(filter)s: there is nothing of that name. It is left out.") % {"filter": title}
        )
    question = Question(before.surroundings, before.period, before.chosen.with_others(added))
    if any(request.POST.get(name) for name in ("from", "to", "period")):
        period = Period.of(request.POST, DEFAULT_SPAN)
        if period is None:
            messages.warning(request, _("Period: write two days, the earlier one first."))
        else:
            question = question.of_period(period)
    return HttpResponseRedirect(events_url(question.query()))


def events_url(query: str = "") -> str:
    return f"{reverse('audit:events')}?{query}" if query else reverse("audit:events")


def api_query(question: Question) -> str:
    """The query with which the API gives the same events."""
    from_to = dict(question.period.frozen().pairs)
    ends = {"since": from_to["from"], "before": from_to["to"]}
    query = QueryDict(mutable=True)
    for name, value in (*ends.items(), *question.chosen.pairs()):
        query.appendlist(name, value)
    return query.urlencode()


def _bars(question: Question) -> Bars:
    return bars_of(question, question.period.bins(question.rows), events_url)


def _chips(question: Question) -> list[dict[str, Any]]:
    chips = [
        {
            "title": BY_NAME[name].title,
            "label": BY_NAME[name].label(value, question.surroundings),
            "url": events_url(question.without(name, value)),
        }
        for name, value in question.chosen.pairs()
    ]
    if question.period.span is None:
        label = f"{question.period.begin:%Y-%m-%d %H:%M} – {question.period.end:%Y-%m-%d %H:%M} UTC"
        plain = question.of_period(Period.lasting(DEFAULT_SPAN, is_default=True))
        chips.insert(0, {"title": _("Period"), "label": label, "url": events_url(plain.query())})
    return chips


def _spans(question: Question) -> list[tuple[Span, bool, str]]:
    return [
        (
            span,
            span is question.period.span,
            events_url(question.of_period(Period.lasting(span, is_default=span is DEFAULT_SPAN)).query()),
        )
        for span in Span
    ]


def _files(question: Question) -> list[tuple[Any, str]]:
    """The files of exactly what is shown: the period's end is written out, so that later events are not in them."""
    query = question.frozen().query()
    return [(form, f"{reverse('audit:file', args=[key])}?{query}") for key, form in FORMS.items()]


def _options(question: Question, *, reads_all: bool) -> dict[str, Any]:
    names = User.objects.order_by("username").values_list("username", flat=True)
    return {
        "titles": {one.name: one.title for one in FILTERS},
        "people": list(names[:MOST_PEOPLE]) if reads_all else [],
        "groups": [(title, list(group.items())) for title, group in GROUPS],
        "outcomes": list(OUTCOMES.items()),
        "channels": list(CHANNELS.items()),
        "collections": list(question.surroundings.collections.values()),
    }


def _saved(request: HttpRequest) -> list[tuple[str, str]]:
    if not isinstance(request.user, User):
        return []
    return [(name, events_url(query)) for name, query in views_of(request.user).items()]
