"""Whether the trail is whole: how it stands, and a verification of all of it that runs beside the pages."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError

from governance import tasks
from governance.access import can_anywhere, require
from governance.actions.record_reading import record_reading
from governance.actions.verify_audit import ask_for_verification
from governance.audit import origin
from governance.gate import needs
from governance.models import User
from governance.permissions import Permission
from governance.trail.keys import NoKey, verifying_key
from governance.trail.standing import forget_asked, standing


@needs(Permission.AUDIT_READ)
def verify(request: HttpRequest) -> HttpResponse:
    """Show how the whole trail stands, to those who may read all of it."""
    require(request.user, Permission.AUDIT_READ)
    context = {
        "standing": standing(),
        "key": _key(),
        "may_export": can_anywhere(request.user, Permission.AUDIT_EXPORT),
        "today": timezone.now().date(),
        "month": timezone.now().date().replace(day=1),
        "api": "/api/audit-checkpoints/",
        "cli": "./isocenter audit verify",
    }
    record_reading(request.user, "standing")
    return render(request, "governance/audit_verify.html", context)


@needs(Permission.AUDIT_READ)
def state(request: HttpRequest) -> HttpResponse:
    """Return the panel alone; the page asks for it again while a verification runs, and was itself recorded."""
    require(request.user, Permission.AUDIT_READ)
    return render(request, "governance/_audit_panel.html", {"standing": standing()})


@require_POST
@needs(Permission.AUDIT_READ)
def verify_now(request: HttpRequest) -> HttpResponse:
    """Have a worker verify the whole trail."""
    if isinstance(request.user, User):
        try:
            _ask(request, request.user)
        except NoKey as error:
            messages.error(request, str(error))
    return HttpResponseRedirect(reverse("audit:verify"))


def _ask(request: HttpRequest, user: User) -> None:
    if not ask_for_verification(user):
        messages.info(request, _("A verification is under way already."))
        return
    try:
        tasks.verify_audit.delay(asked_by=user.pk, request=int(origin.current().correlation, 16))
    except OperationalError:
        forget_asked()
        messages.error(
            request, _("No worker can be reached. Nothing was verified; try again, or use the command.")
        )


def _key() -> str:
    """The public key, in the form that verify_bundle.py takes; "" where this installation has none."""
    try:
        return verifying_key()
    except NoKey:
        return ""
