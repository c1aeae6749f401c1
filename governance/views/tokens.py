"""Tokens: one's own, and those of service accounts."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from governance.actions.issue_token import issue_token
from governance.actions.revoke_token import revoke_token
from governance.forms.tokens import TokenForm
from governance.gate import needs
from governance.models import ApiToken, User
from governance.permissions import Permission
from governance.views.caller import caller

SHOWN = 100


@never_cache
def own_tokens(request: HttpRequest) -> HttpResponse:
    """List one's tokens, and make one: its secret is on the page that answers, and never again."""
    user = caller(request)
    return _tokens_of(request, user, user)


@require_POST
def revoke_own(request: HttpRequest, token_id: int) -> HttpResponse:
    """Make one of one's own tokens worth nothing."""
    user = caller(request)
    _revoke(request, get_object_or_404(ApiToken, pk=token_id, user=user))
    return HttpResponseRedirect(reverse("tokens"))


@never_cache
@needs(Permission.USER_MANAGE)
def service_tokens(request: HttpRequest, username: str) -> HttpResponse:
    """The same for an account that no person signs in to."""
    return _tokens_of(
        request, get_object_or_404(User, username=username, kind=User.Kind.SERVICE), caller(request)
    )


@require_POST
@needs(Permission.USER_MANAGE)
def revoke_service(request: HttpRequest, username: str, token_id: int) -> HttpResponse:
    """Make a token of a service account worth nothing."""
    token = get_object_or_404(ApiToken, pk=token_id, user__username=username, user__kind=User.Kind.SERVICE)
    _revoke(request, token)
    return HttpResponseRedirect(reverse("service-tokens", args=[username]))


def _tokens_of(request: HttpRequest, owner: User, actor: User) -> HttpResponse:
    form = TokenForm(owner, request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        secret = issue_token(
            owner,
            name=form.cleaned_data["name"],
            expires_at=form.expires_at,
            scopes=form.permissions,
            actor=actor,
        )
        form = TokenForm(owner)
    found = ApiToken.objects.filter(user=owner, revoked_at__isnull=True).order_by("-created_at")[:SHOWN]
    context = {
        "owner": owner,
        "is_own": owner == actor,
        "form": form,
        "secret": secret,
        "tokens": found,
        "now": timezone.now(),
    }
    return render(request, "governance/tokens.html", context)


def _revoke(request: HttpRequest, token: ApiToken) -> None:
    revoke_token(token, actor=caller(request))
    messages.success(request, _("The token “%(name)s” is worth nothing from now on.") % {"name": token.name})
