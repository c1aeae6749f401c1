"""Signing in and out, preferences, and the pages that say what went wrong."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from governance.actions.keep_preference import keep_preference
from governance.actions.record import record
from governance.audit.events import Event, Outcome
from governance.models import User
from governance.personas import DEMO_PASSWORD, PERSONAS
from governance.preferences import CHOICES

sign_out = LogoutView.as_view()


@login_not_required
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Let somebody in. In the demo, where all data is synthetic, its people are offered with their password."""
    offered = {"personas": PERSONAS, "demo_password": DEMO_PASSWORD} if settings.DEMO else {}
    view = LoginView.as_view(
        template_name="governance/sign_in.html", redirect_authenticated_user=True, extra_context=offered
    )
    return view(request)


@require_POST
def prefer(request: HttpRequest) -> HttpResponse:
    """Keep the choices of the form that are known ones, and go back to where the person was."""
    if isinstance(request.user, User):
        for name, values in CHOICES.items():
            value = request.POST.get(name)
            if value in set(values):
                keep_preference(request.user, name, str(value))
    return HttpResponseRedirect(_local(request, request.POST.get("next", "")))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django calls it so
    return _failed(request, 400)


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say which permission is missing: the exception's message is ours, and names nothing but it."""
    record(Event.ACCESS_REFUSED, actor=request.user, outcome=Outcome.REFUSED)
    return _failed(request, 403, reason=str(exception or ""))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django calls it so
    """Say the same whether a thing does not exist or may not be seen."""
    return _failed(request, 404)


def broken(request: HttpRequest) -> HttpResponse:
    """Answer when anything may be out of order: without the frame, which asks the database."""
    request_id = request.META.get("ISOCENTER_REQUEST_ID", "")
    return HttpResponse(render_to_string("500.html", {"request_id": request_id}), status=500)


def _failed(request: HttpRequest, status: int, reason: str = "") -> HttpResponse:
    request_id = request.META.get("ISOCENTER_REQUEST_ID", "")
    return render(request, f"{status}.html", {"request_id": request_id, "reason": reason}, status=status)


def _local(request: HttpRequest, address: str) -> str:
    """Return `address` when it is ours, else the home page."""
    if url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=settings.BEHIND_TLS):
        return address
    return "/"
