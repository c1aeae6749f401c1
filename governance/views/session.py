"""Signing in and out."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponseBase

from governance.personas import DEMO_PASSWORD, PERSONAS

sign_out = LogoutView.as_view()


@login_not_required
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Let somebody in. In the demo, where all data is synthetic, its people are offered with their password."""
    offered = {"personas": PERSONAS, "demo_password": DEMO_PASSWORD} if settings.DEMO else {}
    view = LoginView.as_view(
        template_name="governance/sign_in.html", redirect_authenticated_user=True, extra_context=offered
    )
    return view(request)
