"""Tokens: one's own, and those of the programs that one answers for."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from governance.access import can
from governance.actions.issue_token import issue_token, refuse_another_s
from governance.actions.revoke_token import revoke_token
from governance.forms.tokens import TokenForm
from governance.models import ApiToken, User
from governance.permissions import Permission
from governance.views.caller import caller

SHOWN = 100


@never_cache
def own_tokens(request: HttpRequest) -> HttpResponse:
    """List one's tokens, and make one: its secret is on the page that answers, and never again."""
    user = caller(request)
    return _made(request, user) if request.method == "POST" else _tokens_of(request, user, TokenForm(user))


@require_POST
def revoke_own(request: HttpRequest, token_id: int) -> HttpResponse:
    """Make one of one's own tokens worth nothing."""
    user = caller(request)
    _revoke(request, get_object_or_404(ApiToken, pk=token_id, user=user))
    return HttpResponseRedirect(reverse("tokens"))


@never_cache
def service_tokens(request: HttpRequest, username: str) -> HttpResponse:
    """List the tokens of a program, for who answers for it and for those who manage people."""
    owner = get_object_or_404(_programs_of(caller(request)), username=username)
    may_make = owner.answerable == caller(request)
    return _tokens_of(request, owner, TokenForm(owner) if may_make else None)


@never_cache
@require_POST
def make_service_token(request: HttpRequest, username: str) -> HttpResponse:
    """Make a token of a program: its secret is on the page that answers, and never again."""
    return _made(request, get_object_or_404(_programs_of(caller(request)), username=username))


@require_POST
def revoke_service(request: HttpRequest, username: str, token_id: int) -> HttpResponse:
    """Make a token of a program worth nothing."""
    owner = get_object_or_404(_programs_of(caller(request)), username=username)
    _revoke(request, get_object_or_404(ApiToken, pk=token_id, user=owner))
    return HttpResponseRedirect(reverse("service-tokens", args=[username]))


def _programs_of(reader: User) -> QuerySet[User]:
    """Service accounts that somebody answers for; those who manage people look after all of them."""
    programs = User.objects.filter(kind=User.Kind.SERVICE).select_related("answerable")
    return programs if can(reader, Permission.USER_MANAGE) else programs.filter(answerable=reader)


def _made(request: HttpRequest, owner: User) -> HttpResponse:
    """Issue what the form asks for; who may not is refused before a word is read."""
    actor = caller(request)
    refuse_another_s(owner, actor)
    form = TokenForm(owner, request.POST)
    if not form.is_valid():
        return _tokens_of(request, owner, form)
    secret = issue_token(
        owner,
        name=form.cleaned_data["name"],
        expires_at=form.expires_at,
        scopes=form.permissions,
        actor=actor,
    )
    return _tokens_of(request, owner, TokenForm(owner), secret)


def _tokens_of(request: HttpRequest, owner: User, form: TokenForm | None, secret: str = "") -> HttpResponse:
    found = ApiToken.objects.filter(user=owner, revoked_at__isnull=True).order_by("-created_at")[:SHOWN]
    now = timezone.now()
    context = {
        "owner": owner,
        "is_own": owner == caller(request),
        "form": form,
        "secret": secret,
        "tokens": found,
        "now": now,
        "is_answered_for": owner.is_answered_for(now),
        "may_read": can(caller(request), Permission.USER_MANAGE),
    }
    return render(request, "governance/tokens.html", context)


def _revoke(request: HttpRequest, token: ApiToken) -> None:
    revoke_token(token, actor=caller(request))
    messages.success(request, _("The token “%(name)s” is worth nothing from now on.") % {"name": token.name})
