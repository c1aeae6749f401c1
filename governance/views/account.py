"""One's own account: who one is, how one signs in, and where one is signed in."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from governance.actions.change_password import change_password
from governance.actions.end_sessions import end_sessions
from governance.entry.second_factor import lacks_second_factor
from governance.forms.passwords import OwnPassword
from governance.models import Grant, Session
from governance.views.caller import caller
from governance.views.devices import device_named

SHOWN = 50


def account(request: HttpRequest) -> HttpResponse:
    """Show whoever is signed in their own account."""
    user = caller(request)
    now = timezone.now()
    sessions = Session.objects.of(user).alive(now)[:SHOWN]
    grants = Grant.objects.concerning(user).in_force(now).select_related("role", "collection", "group")
    factors = Authenticator.objects.filter(user=user).values_list("type", flat=True)
    context: dict[str, Any] = {
        "sessions": [
            (each, device_named(each.device), each.pk == request.session.session_key) for each in sessions
        ],
        "grants": grants[:SHOWN],
        "factors": set(factors),
        "tokens": user.api_tokens.filter(revoked_at__isnull=True, expires_at__gt=now).count(),
        "programs": user.service_accounts.order_by("username")[:SHOWN],
        "lacks_second_factor": lacks_second_factor(request, user),
        "second_factor_is_off": settings.SECOND_FACTOR == "OFF",
        "idle_minutes": int(settings.SESSION_IDLE_LIMIT.total_seconds() // 60),
        "hours": int(settings.SESSION_ABSOLUTE_LIMIT.total_seconds() // 3600),
    }
    return render(request, "governance/account.html", context)


@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    user = caller(request)
    n = end_sessions(user, actor=user, but=request.session.session_key)
    said = ngettext("%(n)d other session was ended.", "%(n)d other sessions were ended.", n) % {"n": n}
    messages.success(request, said)
    return HttpResponseRedirect(reverse("account"))


@sensitive_post_parameters("current", "password", "again")
def password(request: HttpRequest) -> HttpResponse:
    """Change one's password; every other session of it ends."""
    user = caller(request)
    if not user.has_usable_password():
        return render(request, "governance/password.html", {"form": None})
    form = OwnPassword(request, user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        change_password(user, form.cleaned_data["password"], actor=user, here=request.session.session_key)
        update_session_auth_hash(request, user)
        messages.success(request, _("Your password was changed, and you were signed out everywhere else."))
        return HttpResponseRedirect(reverse("account"))
    is_locked = bool(getattr(request, "axes_locked_out", False))
    context = {"form": form, "is_locked": is_locked}
    return render(request, "governance/password.html", context, status=429 if is_locked else 200)
