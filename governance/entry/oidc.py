"""Signing in through an OpenID Connect provider, held to what OpenID Connect Core 1.0 section 3.1.3.7 asks for.

django-allauth runs the authorization code flow with PKCE (RFC 7636). We verify the id token ourselves, signature and nonce
included, and decide whom it stands for: an account that is linked to this subject, or one with the e-mail address that the
provider has verified.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import jwt
import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare

from governance import outbound
from governance.actions.link_identity import NotWelcome, link_identity
from governance.actions.record import Thing, record
from governance.audit.events import Event, Outcome
from governance.entry.backend import may_sign_in
from governance.entry.second_factor import BY_PROVIDER
from governance.models import User

PROVIDER_ID = "oidc"
# Asymmetric ones only: with the others, who verifies could also sign.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_CLOCKS_DIFFER_SECONDS = 30


def is_offered() -> bool:
    return bool(settings.OIDC_ISSUER)


def nonce_of(code_verifier: str) -> str:
    """Return the nonce of a sign-in: derived from what only this browser's session holds, and telling nothing of it."""
    return hashlib.sha256(b"isocenter nonce\0" + code_verifier.encode()).hexdigest()


def subject_of(claims: Mapping[str, Any]) -> str:
    """Return the name under which we know whom the token is about: a subject is unique at its issuer only."""
    return hashlib.sha256(f"{claims['iss']}\0{claims['sub']}".encode()).hexdigest()


class OurAdapter(OpenIDConnectOAuth2Adapter):
    """Exchanges the code and verifies the id token."""

    nonce = ""

    def get_access_token_data(
        self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        if not pkce_code_verifier:
            raise OAuth2Error("The sign-in was not begun here.")
        self.nonce = nonce_of(pkce_code_verifier)
        found: dict[str, Any] = super().get_access_token_data(request, app, client, pkce_code_verifier)
        return found

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> SocialLogin:
        claims = self.verified_claims(app.client_id, str(kwargs["response"].get("id_token") or ""))
        if "email" not in claims:
            claims |= self._told_of(token.token, claims["sub"])
        return self.get_provider().sociallogin_from_response(request, {"id_token": claims})

    def verified_claims(self, client_id: str, id_token: str) -> dict[str, Any]:
        """Return what a token of our issuer for us, for this sign-in and not over, says. Raises OAuth2Error."""
        if self.openid_config["issuer"].rstrip("/") != settings.OIDC_ISSUER:
            raise OAuth2Error("The provider calls itself by another name than ISOCENTER_OIDC_ISSUER.")
        try:
            claims: dict[str, Any] = jwt.decode(
                id_token,
                key=self._key_for(id_token),
                algorithms=_ALGORITHMS,
                audience=client_id,
                issuer=self.openid_config["issuer"],
                leeway=_CLOCKS_DIFFER_SECONDS,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
        except (jwt.PyJWTError, TypeError, ValueError) as error:
            raise OAuth2Error("The id token cannot be used.") from error
        if not constant_time_compare(str(claims.get("nonce", "")), self.nonce):
            raise OAuth2Error("The id token was made for another sign-in.")
        if claims.get("azp", client_id) != client_id:
            raise OAuth2Error("The id token was made for another client.")
        return claims

    def _key_for(self, id_token: str) -> jwt.PyJWK:
        named = jwt.get_unverified_header(id_token).get("kid")
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        keys = jwt.PyJWKSet.from_dict(json.loads(answer.content)).keys
        fitting = [key for key in keys if key.public_key_use in {None, "sig"}]
        for key in fitting:
            if key.key_id == named or (named is None and len(fitting) == 1):
                return key
        raise OAuth2Error("The provider publishes no key with which the id token is signed.")

    def _told_of(self, access_token: str, subject: str) -> dict[str, Any]:
        """What the provider tells at its userinfo endpoint, if that is about the same subject (section 5.3.2)."""
        if "userinfo_endpoint" not in self.openid_config:
            return {}
        told = self._fetch_user_info(access_token)
        if told.get("sub") != subject:
            raise OAuth2Error("The provider tells of somebody else.")
        kept = ("email", "email_verified", "given_name", "family_name")
        return {name: told[name] for name in kept if name in told}


class OurProvider(OpenIDConnectProvider):
    """The one provider of an installation, wholly from the environment; a request changes nothing about it."""

    oauth2_adapter_class = OurAdapter

    def get_pkce_params(self) -> dict[str, str]:
        params: dict[str, str] = super().get_pkce_params()
        return {**params, "nonce": nonce_of(params["code_verifier"])}

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, str]:  # noqa: ARG002 - django-allauth calls it so
        return {}

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:  # noqa: ARG002 - django-allauth calls it so
        return ["openid", "profile", "email"]

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().get_redirect_from_request_kwargs(request), "process": "login"}

    def extract_uid(self, data: dict[str, Any]) -> str:
        return subject_of(data["id_token"])

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - django-allauth calls it so
        """Keep nothing of what the provider tells beside the link itself."""
        return {}

    def sociallogin_from_response(self, request: HttpRequest, response: dict[str, Any]) -> SocialLogin:
        login: SocialLogin = super().sociallogin_from_response(request, response)
        login.claims = response["id_token"]
        return login


class IdentityAdapter(DefaultSocialAccountAdapter):
    """Decides whom a verified id token lets in."""

    def get_requests_session(self) -> requests.Session:
        """A session that asks the issuer, and others where ISOCENTER_OUTBOUND_NETWORKS lets it; redirects it follows never."""
        session: requests.Session = super().get_requests_session()
        ask = session.request

        def ask_where_allowed(method: str, url: str, **told: Any) -> requests.Response:
            try:
                # Whoever configured the installation named the issuer; where it points to is for the list to allow.
                if urlsplit(url).hostname != urlsplit(settings.OIDC_ISSUER).hostname:
                    outbound.checked(url)
            except (outbound.NotAllowed, outbound.NoAnswer) as refusal:
                raise requests.ConnectionError(str(refusal)) from refusal
            return ask(method, url, **{**told, "allow_redirects": False})

        session.request = ask_where_allowed  # type: ignore[method-assign,assignment]
        return session

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002 - django-allauth calls it so
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        claims: dict[str, Any] = sociallogin.claims
        known = sociallogin.user if sociallogin.is_existing else None
        try:
            user = _welcome(claims, known)
        except NotWelcome as refusal:
            things = (Thing("user", refusal.user.pk),) if refusal.user else ()
            detail = {"way": PROVIDER_ID, "why": refusal.why}
            record(Event.SIGN_IN_FAILED, actor=None, outcome=Outcome.REFUSED, things=things, detail=detail)
            raise ImmediateHttpResponse(turned_away(request)) from refusal
        sociallogin.user = user
        sociallogin.account.user = user
        counted = {*_listed(claims.get("amr")), str(claims.get("acr", ""))} & set(settings.OIDC_SECOND_FACTOR)
        request.session[BY_PROVIDER] = bool(counted)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,  # noqa: ARG002 - django-allauth calls it so
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Any = None,  # noqa: ARG002 - django-allauth calls it so
    ) -> None:
        why = type(exception).__name__ if exception else str(error)
        detail = {"way": PROVIDER_ID, "why": why}
        record(Event.SIGN_IN_FAILED, actor=None, outcome=Outcome.REFUSED, detail=detail)
        is_away = isinstance(exception, requests.RequestException)
        raise ImmediateHttpResponse(failed(request, is_away=is_away))


def turned_away(request: HttpRequest) -> HttpResponse:
    context = {"provider": settings.OIDC_NAME, "turned_away": True}
    return render(request, "governance/provider_failed.html", context, status=403)


def failed(request: HttpRequest, *, is_away: bool = False) -> HttpResponse:
    context = {"provider": settings.OIDC_NAME, "is_away": is_away}
    return render(request, "governance/provider_failed.html", context, status=502 if is_away else 403)


def _welcome(claims: Mapping[str, Any], known: User | None) -> User:
    """Return whom the claims let in. Raises NotWelcome."""
    name, _equals, value = settings.OIDC_REQUIRED_CLAIM.partition("=")
    if name and value not in _listed(claims.get(name)):
        raise NotWelcome("claim", known)
    email = str(claims.get("email", "")).strip().lower()
    if settings.OIDC_ALLOWED_DOMAINS and email.rpartition("@")[2] not in settings.OIDC_ALLOWED_DOMAINS:
        raise NotWelcome("domain", known)
    user = known or link_identity(
        provider=PROVIDER_ID,
        subject=subject_of(claims),
        email=email if claims.get("email_verified") is True else "",
        names=(str(claims.get("given_name", "")), str(claims.get("family_name", ""))),
    )
    if not may_sign_in(user):
        raise NotWelcome("account", user)
    return user


def _listed(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(each) for each in value]
    return [] if value is None else [str(value)]
