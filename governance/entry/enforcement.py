"""Whoever needs a second factor and has none reaches the pages to set one up, and no other."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.authentication import get_authorization_header

from governance.api.problems import problem
from governance.entry.second_factor import lacks_second_factor
from governance.middleware import GetResponse
from governance.models import User

# What stays open: the way to a second factor, the way out, and what tells nothing.
REACHABLE = frozenset(
    {
        "sign-out",
        "prefer",
        "account",
        "password",
        "end-other-sessions",
        "healthz",
        "readyz",
        "account_reauthenticate",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
    }
)


class SecondFactorMiddleware:
    """Hold sessions, on the pages and in the API; tokens are held where they are read (governance/api/authentication.py)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        user = request.user
        match = request.resolver_match
        if not isinstance(user, User) or (match is not None and match.view_name in REACHABLE):
            return None
        is_api = request.path.startswith("/api/")
        # Only the API looks at tokens, and refuses bad ones: on a page the header would be a way round.
        if is_api and get_authorization_header(request).lower().startswith(b"bearer "):  # type: ignore[arg-type]
            return None
        if not lacks_second_factor(request, user):
            return None
        if is_api:
            said = _("Set up a second factor first: your role needs one.")
            return problem(request, HTTPStatus.FORBIDDEN, said, kind="second_factor_needed")
        address = reverse("mfa_index")
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(headers={"HX-Redirect": address})
        return HttpResponseRedirect(address)
