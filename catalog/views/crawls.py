"""Starting, pausing, resuming and cancelling a crawl, retrying what it set aside, and watching it live."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog.actions.control_crawl import (
    cancel_crawl,
    pause_crawl,
    resume_crawl,
    retry_quarantined,
    start_crawl,
)
from catalog.actions.refusals import Refused
from catalog.models import Crawl
from catalog.models.counts import counts_of_all
from catalog.views.sources import crawl_panel, visible_source
from governance.gate import needs
from governance.models import User
from governance.permissions import Permission

SHOWN_TASKS = 8


@needs(Permission.SOURCE_READ)
def progress(request: HttpRequest, source_id: int) -> HttpResponse:
    """Return the panel of a source's latest crawl; the page asks for it again while it holds a running one."""
    row = visible_source(request.user, source_id)
    return render(request, "catalog/_crawl.html", crawl_panel(request.user, row.crawls.first(), row))


@require_POST
@needs(Permission.CRAWL_CONTROL)
def start(request: HttpRequest, source_id: int) -> HttpResponse:
    """Begin a crawl of the whole source."""
    row = visible_source(request.user, source_id)
    allow_empty = "allow_empty" in request.POST
    _try(
        request,
        lambda actor: start_crawl(row, actor=actor, allow_empty=allow_empty),
        _("The crawl has started."),
    )
    return _back_to(source_id)


@require_POST
@needs(Permission.QUARANTINE_RETRY)
def retry(request: HttpRequest, source_id: int) -> HttpResponse:
    """Read the quarantined files of a source again: those with one cause, or all."""
    row = visible_source(request.user, source_id)
    cause = request.POST.get("cause", "")
    said = _("The files are being read again.")
    _try(request, lambda actor: retry_quarantined(row, actor=actor, cause=cause), said)
    return _back_to(source_id)


@require_POST
@needs(Permission.CRAWL_CONTROL)
def control(request: HttpRequest, crawl_id: int, verb: str) -> HttpResponse:
    """Pause, resume or cancel a crawl."""
    crawl = get_object_or_404(
        Crawl.objects.visible_to(request.user).select_related("source__collection"), pk=crawl_id
    )
    action, said = {
        "pause": (pause_crawl, _("Paused. The workers finish what they have in hand.")),
        "resume": (resume_crawl, _("The crawl goes on.")),
        "cancel": (cancel_crawl, _("Cancelled. What was catalogued stays; the next crawl finds the rest.")),
    }[verb]
    _try(request, lambda actor: action(crawl, actor=actor), said)
    return _back_to(crawl.source_id)


@needs(Permission.SOURCE_READ)
def tasks(request: HttpRequest) -> HttpResponse:
    """Return what the tray in the top bar lists: crawls that are not over."""
    crawls = list(Crawl.objects.visible_to(request.user).open().select_related("source")[:SHOWN_TASKS])
    counts = counts_of_all(crawls)
    context = {"tasks": [(crawl, counts[crawl.pk]) for crawl in crawls]}
    return render(request, "catalog/_tasks.html", context)


def _try(request: HttpRequest, act: Callable[[User], object], said: str) -> None:
    """Carry out an action for the person who asks, and tell them what came of it."""
    if not isinstance(request.user, User):
        return
    try:
        act(request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)


def _back_to(source_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("catalog:source", args=[source_id]))
