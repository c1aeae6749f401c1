"""The pages that say what went wrong."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from governance.actions.record import record
from governance.audit.events import Event, Outcome


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
