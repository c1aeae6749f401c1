"""Inviting people, and being one of them."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from governance.actions.accept_invitation import NoInvitation, accept_invitation
from governance.actions.invite import invite
from governance.actions.withdraw_invitation import withdraw_invitation
from governance.forms.invitations import AcceptanceForm, InvitationForm
from governance.gate import needs
from governance.models import Invitation
from governance.permissions import Permission
from governance.views.caller import caller

SHOWN = 100


@never_cache
@needs(Permission.USER_MANAGE)
def invitations(request: HttpRequest) -> HttpResponse:
    """Invite somebody, with a link that is shown once; list those that are still open."""
    inviter = caller(request)
    form = InvitationForm(inviter, request.POST or None)
    link = ""
    if request.method == "POST" and form.is_valid():
        try:
            made = invite(form.guest(), actor=inviter)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            link = request.build_absolute_uri(reverse("invitation", args=[made.secret]))
            form = InvitationForm(inviter)
    waiting = Invitation.objects.open_at(timezone.now()).select_related("collection", "invited_by")
    context = {"form": form, "link": link, "waiting": waiting.prefetch_related("roles")[:SHOWN]}
    return render(request, "governance/invitations.html", context)


@require_POST
@needs(Permission.USER_MANAGE)
def withdraw(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Take an invitation back."""
    invitation = get_object_or_404(Invitation, pk=invitation_id)
    if withdraw_invitation(invitation, actor=caller(request)):
        messages.success(request, _("The link is worth nothing from now on."))
    else:
        messages.info(request, _("The invitation was not open any more."))
    return HttpResponseRedirect(reverse("invitations"))


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
def accept(request: HttpRequest, secret: str) -> HttpResponse:
    """Let somebody who has the link make their own account."""
    found = Invitation.objects.with_secret(secret).open_at(timezone.now()).select_related("collection")
    invitation = found.prefetch_related("roles").first()
    if invitation is None:
        return render(request, "governance/invitation_over.html", status=404)
    form = AcceptanceForm(invitation, request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            accept_invitation(secret, username=told["username"], password=told["password"])
        except IntegrityError:
            form.add_error("username", _("This name is taken."))
        except (NoInvitation, PermissionDenied):
            return render(request, "governance/invitation_over.html", status=404)
        else:
            messages.success(request, _("Your account is there. Sign in with what you have just chosen."))
            return HttpResponseRedirect(reverse("sign-in"))
    context = {
        "form": form,
        "invitation": invitation,
        "asks_second_factor": _asks_second_factor(invitation),
    }
    return render(request, "governance/invitation.html", context)


def _asks_second_factor(invitation: Invitation) -> bool:
    if settings.SECOND_FACTOR == "ROLES":
        return any(role.needs_second_factor for role in invitation.roles.all())
    return bool(settings.SECOND_FACTOR == "ALL")
