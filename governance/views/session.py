"""Signing in and out."""

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from governance.entry import oidc
from governance.entry.limits import Ended
from governance.personas import DEMO_PASSWORD, PERSONAS

sign_out = LogoutView.as_view()


@login_not_required
@sensitive_post_parameters("password")
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """Let somebody in, by way of their second factor if they have one.

    In the demo, where all data is synthetic, its people are offered with their password.
    """
    leads_to = _local(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(leads_to or resolve_url(settings.LOGIN_REDIRECT_URL))
    form = AuthenticationForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = form.get_user()
        # Who has just said their password need not say it again to set up a second factor.
        record_authentication(request, user, "password", reauthenticated=True)
        answer: HttpResponse = perform_login(request, Login(user=user, redirect_url=leads_to or None))
        return answer
    is_locked = bool(getattr(request, "axes_locked_out", False))
    context = {
        "form": form,
        "next": leads_to,
        "ended": _ended(request),
        "locked": _locked_sentence() if is_locked else "",
        "provider": settings.OIDC_NAME if oidc.is_offered() else "",
        **({"personas": PERSONAS, "demo_password": DEMO_PASSWORD} if settings.DEMO else {}),
    }
    return render(request, "governance/sign_in.html", context, status=429 if is_locked else 200)


def _local(request: HttpRequest) -> str:
    """Return where the person was going when that is ours, else nothing."""
    told = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(told, {request.get_host()}, require_https=settings.BEHIND_TLS)
    return told if is_ours else ""


def _ended(request: HttpRequest) -> object:
    told = request.GET.get("ended")
    return next((ended.says for ended in Ended if ended.value == told), "")


def _locked_sentence() -> str:
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    return _("Too many failed sign-ins with this name. Try again in %(n)d minutes.") % {"n": minutes}
