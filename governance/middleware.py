"""What every response carries: a request id to quote, and what browsers may do with it."""

import uuid
from collections.abc import Callable
from ipaddress import ip_address

import structlog
from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase

from governance.audit import origin
from governance.audit.origin import Channel, Origin, coming_from
from governance.credentials import credential_of

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def address_of(request: HttpRequest) -> str:
    """Return the client's IP address; behind our proxy, the one that the proxy saw, which is the last it names."""
    told = str(request.META.get("REMOTE_ADDR", ""))
    if settings.BEHIND_TLS:
        told = request.headers.get("X-Forwarded-For", told).rpartition(",")[2].strip()
    try:
        return str(ip_address(told))
    except ValueError:
        return ""


class RequestIdMiddleware:
    """Give each request an id, put it on its log lines and its response, so that an error can be quoted."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = uuid.uuid4().hex[:12]
        request.META["ISOCENTER_REQUEST_ID"] = request_id
        channel = Channel.API if request.path.startswith("/api/") else Channel.WEB
        here = Origin(channel, correlation=request_id, address=address_of(request))
        with structlog.contextvars.bound_contextvars(request_id=request_id), coming_from(here):
            response = self.get_response(request)
        response.headers["X-Request-ID"] = request_id
        return response


class CredentialMiddleware:
    """Let everything that a signed-in request does be known by its session, in the trail and for its lens."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            origin.show(credential_of(request))
        return self.get_response(request)


class ZeroBytesMiddleware:
    """Answer 400 to a query with a zero byte: no text holds one, and PostgreSQL takes no question with it.

    The API says itself which parameter is wrong.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "%00" in request.META.get("QUERY_STRING", "") and not request.path.startswith("/api/"):
            raise BadRequest("A query holds a zero byte.")
        return self.get_response(request)


class BrowserRulesMiddleware:
    """Tell browsers to load nothing that is not our own, and to hand nothing of ours to other sites."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", settings.CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class PrivatePagesMiddleware:
    """Keep what a signed-in person saw out of every cache, so that Back after signing out shows nothing."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response
