"""Accounts: the list of them, and one with what can be done about it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from governance.access import can
from governance.actions.activate_user import activate_user
from governance.actions.change_answerable import change_answerable
from governance.actions.create_service_account import create_service_account
from governance.actions.deactivate_user import deactivate_user
from governance.actions.end_sessions import end_sessions
from governance.actions.reset_second_factor import refuse_reset, reset_second_factor
from governance.entry.second_factor import has_second_factor
from governance.forms.access import ReasonForm
from governance.forms.tokens import AnswerableForm, ServiceAccountForm
from governance.gate import needs
from governance.keyset import Order, page_of
from governance.models import Grant, Session, User
from governance.people import STATES, Wanted, accounts, answered_for, roles_of
from governance.permissions import Permission
from governance.reach import may_do_more_by_any_hand
from governance.sizes import size_of
from governance.views.access.frame import refusals_in
from governance.views.caller import caller

PAGE_SIZE = 50
SHOWN = 50
_ORDER = Order("name", gettext_lazy("Name"), "username", descending=False)


@needs(Permission.USER_READ)
def people(request: HttpRequest) -> HttpResponse:
    """List the accounts."""
    wanted = Wanted(
        words=request.GET.get("q", "")[:100],
        kind=request.GET.get("kind", ""),
        state=request.GET.get("state", ""),
    )
    found = accounts(wanted)
    after, before = (_account_at(request.GET.get(name)) for name in ("after", "before"))
    page = page_of(found, _ORDER, PAGE_SIZE, after=after, before=before)
    roles = roles_of(page.rows)
    now = timezone.now()
    unanswered = User.objects.filter(kind=User.Kind.SERVICE, is_active=True).exclude(answered_for(now))
    context: dict[str, Any] = {
        "rows": [
            (person, roles[person.pk], person.has_ended(now), person.is_answered_for(now))
            for person in page.rows
        ],
        "total": size_of(found).rows,
        "wanted": wanted,
        "kinds": User.Kind.choices,
        "states": STATES.items(),
        "unanswered": unanswered.count(),
        "pager": _pager(wanted, page),
        "may_manage": can(caller(request), Permission.USER_MANAGE),
    }
    return render(request, "governance/people.html", context)


@needs(Permission.USER_READ)
def person(request: HttpRequest, username: str) -> HttpResponse:
    """Show one account."""
    account = get_object_or_404(accounts(Wanted()), username=username)
    reader = caller(request)
    now = timezone.now()
    context: dict[str, Any] = {
        "person": account,
        "is_oneself": account == reader,
        "has_ended": account.has_ended(now),
        "grants": Grant.objects.concerning(account)
        .in_force(now)
        .select_related("role", "collection", "group")[:SHOWN],
        "sessions": Session.objects.of(account).alive(now).count(),
        "tokens": account.api_tokens.filter(revoked_at__isnull=True, expires_at__gt=now).order_by(
            "-created_at"
        )[:SHOWN],
        "service_accounts": account.service_accounts.order_by("username")[:SHOWN],
        "may_manage": can(reader, Permission.USER_MANAGE),
        "is_answered_for": account.is_answered_for(now),
        "answers_for_it": account.answerable == reader,
        "may_do_more": has_second_factor(account) and may_do_more_by_any_hand(account, than=reader),
    }
    return render(request, "governance/person.html", context)


@require_POST
@needs(Permission.USER_MANAGE)
def deactivate(request: HttpRequest, username: str) -> HttpResponse:
    """Close an account at once."""
    said = _("The account is closed: its sessions ended, its tokens are worth nothing.")
    return _done(request, username, lambda found: deactivate_user(found, actor=caller(request)), said)


@require_POST
@needs(Permission.USER_MANAGE)
def activate(request: HttpRequest, username: str) -> HttpResponse:
    """Open an account again."""
    said = _("The account is open again, with the access that is still in force. Its tokens stay revoked.")
    return _done(request, username, lambda found: activate_user(found, actor=caller(request)), said)


@require_POST
@needs(Permission.USER_MANAGE)
def end_all(request: HttpRequest, username: str) -> HttpResponse:
    """Sign somebody out everywhere."""
    said = _("Their sessions were ended.")
    return _done(request, username, lambda found: end_sessions(found, actor=caller(request)), said)


@needs(Permission.USER_MANAGE)
def add_service(request: HttpRequest) -> HttpResponse:
    """Make an account for a program."""
    form = ServiceAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        account = create_service_account(
            told["username"], purpose=told["purpose"], answerable=told["answerable"], actor=caller(request)
        )
        messages.success(request, _whats_next(account, caller(request)))
        return HttpResponseRedirect(reverse("person", args=[account.username]))
    return render(request, "governance/service_add.html", {"form": form})


def _whats_next(account: User, reader: User) -> str:
    """A program needs a role and a token, and not from the same person."""
    if account.answerable == reader:
        return _(
            "The service account is there. Somebody else has to give it a role; then you make its tokens."
        )
    return _("The service account is there. Once it has a role, %(who)s makes its tokens.") % {
        "who": account.answerable
    }


@needs(Permission.USER_MANAGE)
def hand_over(request: HttpRequest, username: str) -> HttpResponse:
    """Let another person answer for a program."""
    account = get_object_or_404(
        User.objects.select_related("answerable"), username=username, kind=User.Kind.SERVICE
    )
    form = AnswerableForm(account, request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        with refusals_in(form):
            change_answerable(account, **told, actor=caller(request))
            said = _("%(who)s answers for it now. Its tokens ended.") % {"who": told["answerable"]}
            messages.success(request, said)
            return HttpResponseRedirect(reverse("person", args=[account.username]))
    status = 422 if form.errors else 200
    return render(request, "governance/hand_over.html", {"form": form, "account": account}, status=status)


@needs(Permission.USER_MANAGE)
def reset_factor(request: HttpRequest, username: str) -> HttpResponse:
    """Take away the second factors of somebody who has lost them."""
    account = get_object_or_404(User.objects.exclude(kind=User.Kind.SERVICE), username=username)
    actor = caller(request)
    refuse_reset(account, actor)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            reset_second_factor(account, actor=actor, reason=form.cleaned_data["reason"])
            messages.success(request, _("Their second factors are gone, and their sessions ended."))
            return HttpResponseRedirect(reverse("person", args=[username]))
    context = {"form": form, "account": account}
    status = 422 if form.errors else 200
    return render(request, "governance/second_factor_reset.html", context, status=status)


def _done(request: HttpRequest, username: str, act: Callable[[User], object], said: str) -> HttpResponse:
    found = get_object_or_404(User, username=username)
    try:
        act(found)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, said)
    return HttpResponseRedirect(reverse("person", args=[username]))


def _account_at(told: str | None) -> User | None:
    """The account that a cursor names, by its number."""
    return User.objects.filter(pk=int(told)).first() if told and told.isdecimal() and len(told) < 19 else None


def _pager(wanted: Wanted, page: Any) -> dict[str, str]:
    asked = {"q": wanted.words, "kind": wanted.kind, "state": wanted.state}
    kept = {name: value for name, value in asked.items() if value}
    links = {"first": "", "previous": "", "next": ""}
    if page.has_previous and page.rows:
        links["first"] = f"{reverse('people')}?{urlencode(kept)}"
        links["previous"] = f"{reverse('people')}?{urlencode({**kept, 'before': page.rows[0].pk})}"
    if page.has_next:
        links["next"] = f"{reverse('people')}?{urlencode({**kept, 'after': page.rows[-1].pk})}"
    return links
