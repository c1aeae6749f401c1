"""Asking for access, and deciding what others ask for."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from governance.access import can
from governance.actions.decide_request import approve_request, deny_request
from governance.actions.give_grant import is_of
from governance.actions.request_access import request_access
from governance.actions.withdraw_request import withdraw_request
from governance.duties import duties_broken_by
from governance.explain import sentence
from governance.forms.access import ApprovalForm, ReasonForm, RequestForm
from governance.gate import needs
from governance.models import AccessRequest, Grant, LegalBasis, Role, User
from governance.necessity import lesser_roles, roles_by_size, smallest_role
from governance.oversight import askable_collections, requests_seen_by
from governance.permissions import Permission
from governance.views.access.frame import page, refusals_in, signed_in


def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a role on a Collection that is listed, or on which one holds something."""
    user = signed_in(request)
    askable = askable_collections(user)
    form = RequestForm(askable, request.POST or None, initial=_asked_for(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        with refusals_in(form):
            made = request_access(user, **{**given, "legal_basis": LegalBasis(given["legal_basis"])})
            messages.success(request, _("Your request is made. You will find here what becomes of it."))
            return HttpResponseRedirect(reverse("access:request-detail", args=[made.pk]))
    context = {"form": form, "askable": askable, "roles": roles_by_size()}
    return page(request, "request", context, tab="overview", status=422 if form.errors else 200)


def _asked_for(request: HttpRequest) -> dict[str, str]:
    """A link from elsewhere may say what is wanted; the form still decides what may be asked for."""
    return {name: request.GET[name] for name in ("collection", "role") if name in request.GET}


def request_detail(request: HttpRequest, request_id: int) -> HttpResponse:
    """Show one request to whoever made it, and to those who oversee or decide it."""
    return _detail(request, _visible(signed_in(request), request_id))


@require_POST
@needs(Permission.ACCESS_APPROVE)
def approve(request: HttpRequest, request_id: int) -> HttpResponse:
    """Give what was asked for, or less."""
    user = signed_in(request)
    asked = _visible(user, request_id)
    form = ApprovalForm(
        _offered_roles(asked), asked.days, request.POST, initial={"role": asked.role, "days": asked.days}
    )
    if form.is_valid():
        given = form.cleaned_data
        with refusals_in(form):
            grant = approve_request(asked, approver=user, role=given["role"], days=given["days"])
            _say(request, bool(grant), _("Approved. The access is there, and ends by itself."))
            return HttpResponseRedirect(reverse("access:request-detail", args=[asked.pk]))
    return _detail(request, asked, approval=form, status=422)


@require_POST
@needs(Permission.ACCESS_APPROVE)
def deny(request: HttpRequest, request_id: int) -> HttpResponse:
    """Say no, and why."""
    user = signed_in(request)
    asked = _visible(user, request_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        with refusals_in(form):
            was_open = deny_request(asked, approver=user, reason=form.cleaned_data["reason"])
            _say(request, was_open, _("Denied. Whoever asked reads your reason."))
            return HttpResponseRedirect(reverse("access:request-detail", args=[asked.pk]))
    return _detail(request, asked, denial=form, status=422)


@require_POST
def withdraw(request: HttpRequest, request_id: int) -> HttpResponse:
    """Take one's own request back."""
    user = signed_in(request)
    asked = _visible(user, request_id)
    _say(request, withdraw_request(asked, actor=user), _("Withdrawn."))
    return HttpResponseRedirect(reverse("access:request-detail", args=[asked.pk]))


def _visible(user: User, request_id: int) -> AccessRequest:
    told = ("requester", "role", "collection", "decided_by", "grant__role")
    return get_object_or_404(requests_seen_by(user).select_related(*told), pk=request_id)


def _say(request: HttpRequest, was_open: bool, said: str) -> None:
    if was_open:
        messages.success(request, said)
    else:
        messages.warning(request, _("Nothing was changed: it had been decided already."))


def _offered_roles(asked: AccessRequest) -> Any:
    """What was asked for, and every role that allows less."""
    lesser = lesser_roles(asked.role, Role.objects.all())
    return roles_by_size().filter(pk__in=[asked.role_id, *(role.pk for role in lesser)])


def _detail(
    request: HttpRequest,
    asked: AccessRequest,
    *,
    approval: ApprovalForm | None = None,
    denial: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = signed_in(request)
    is_open = asked.state == AccessRequest.State.OPEN
    is_own = asked.requester_id == user.pk
    others = is_open and not is_of(asked.requester, user)
    may_decide = others and can(user, Permission.ACCESS_APPROVE, asked.collection)
    context: dict[str, Any] = {
        "asked": asked,
        "is_own": is_own,
        "may_withdraw": is_own and is_open,
        "may_decide": may_decide,
        "broken": duties_broken_by(asked.requester, asked.role, asked.collection) if is_open else [],
    }
    if may_decide:
        initial = {"role": asked.role, "days": asked.days}
        roles = _offered_roles(asked)
        context |= {
            "suggested": smallest_role(asked.role, LegalBasis(asked.legal_basis), Role.objects.all()),
            "until": _until(asked.days),
            "approval": approval or ApprovalForm(roles, asked.days, initial=initial),
            "denial": denial or ReasonForm(),
            "held": _held_already(asked),
        }
    return page(request, "request_detail", context, tab="overview", status=status)


def _until(days: int) -> datetime:
    return timezone.now() + timedelta(days=days)


def _held_already(asked: AccessRequest) -> list[str]:
    """What the person may do there already, grant by grant."""
    held = Grant.objects.concerning(asked.requester).covering(asked.collection).in_force(timezone.now())
    return [sentence(grant) for grant in held.told()]
