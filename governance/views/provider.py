"""Signing in through the identity provider; django-allauth runs the flow, governance/entry/oidc.py decides."""

from typing import Any

from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponseBase
from requests import RequestException

from governance.entry import oidc


@login_not_required
def begin(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Lead to the provider."""
    return _answered(OAuth2LoginView, request, provider_id)


@login_not_required
def come_back(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Take what the provider sent back."""
    return _answered(OAuth2CallbackView, request, provider_id)


def _answered(view: Any, request: HttpRequest, provider_id: str) -> HttpResponseBase:
    if provider_id != oidc.PROVIDER_ID or not oidc.is_offered():
        raise Http404
    try:
        answer: HttpResponseBase = view.adapter_view(oidc.OurAdapter(request, provider_id))(request)
    except RequestException:
        # On the way there django-allauth handles none; on the way back it asks governance/entry/oidc.py.
        return oidc.failed(request, is_away=True)
    return answer
