"""How long a session lasts: a time without activity, a time in all, and the time of its owner's account."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _

from governance.actions.note_presence import note_presence
from governance.actions.record import Thing, record
from governance.audit import origin
from governance.audit.events import Event
from governance.credentials import credential_of
from governance.middleware import GetResponse
from governance.models import Session, User


class Ended(StrEnum):
    """Why a session is over."""

    IDLE = "idle"
    ABSOLUTE = "limit"
    ACCOUNT = "account"

    @property
    def says(self) -> object:
        """What the sign-in page tells, with what the limits are."""
        minutes = int(settings.SESSION_IDLE_LIMIT.total_seconds() // 60)
        hours = round(settings.SESSION_ABSOLUTE_LIMIT.total_seconds() / 3600, 1)
        return {
            Ended.IDLE: _("You were signed out after %(n)d minutes without activity.") % {"n": minutes},
            Ended.ABSOLUTE: _("You were signed out: a session lasts %(n)g hours at most.") % {"n": hours},
            Ended.ACCOUNT: _("You were signed out: the time of this account is over."),
        }[self]


class SessionLimitsMiddleware:
    """End sessions that are over, on the server, and note that somebody is there."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if isinstance(user, User):
            now = timezone.now()
            row: Session | None = request.session.row  # type: ignore[attr-defined]
            ended = _ended(row, user, now)
            if ended is not None:
                _end(request, user, ended)
            elif row is not None and _is_activity(request):
                note_presence(row, now)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        """Lead whoever was just signed out to the sign-in page, which says why and leads back."""
        ended: Ended | None = getattr(request, "session_ended", None)
        if ended is None or not getattr(view, "login_required", True):
            return None
        address = f"{reverse('sign-in')}?{urlencode({'ended': ended.value, 'next': _where(request)})}"
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(headers={"HX-Redirect": address})
        return HttpResponseRedirect(address)


def _ended(row: Session | None, user: User, now: datetime) -> Ended | None:
    if user.has_ended(now):
        return Ended.ACCOUNT
    if row is None:
        return None
    if now - row.started_at >= settings.SESSION_ABSOLUTE_LIMIT:
        return Ended.ABSOLUTE
    return Ended.IDLE if now - row.last_seen_at >= settings.SESSION_IDLE_LIMIT else None


def _end(request: HttpRequest, user: User, ended: Ended) -> None:
    origin.show(credential_of(request))
    record(Event.SESSION_EXPIRED, actor=user, things=(Thing("user", user.pk),), detail={"why": ended.value})
    request.session.flush()
    request.user = AnonymousUser()
    request.session_ended = ended  # type: ignore[attr-defined]


def _is_activity(request: HttpRequest) -> bool:
    """Whether somebody did something: pages look for news by themselves, with GET and through htmx."""
    return not (request.method == "GET" and request.headers.get("HX-Request") == "true")


def _where(request: HttpRequest) -> str:
    """The address to come back to: what was asked for, or for a form the page that it was on, never its sending."""
    is_page = request.method in {"GET", "HEAD"} and request.headers.get("HX-Request") != "true"
    told = request.get_full_path() if is_page else request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(told, {request.get_host()}):
        return "/"
    parts = urlsplit(told)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
