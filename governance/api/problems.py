"""Errors as Problem Details (RFC 9457): what went wrong, in which request; never a value, never a trace."""

import logging
import math
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from traceback import extract_tb
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from redis.exceptions import ConnectionError as RedisUnreachable
from redis.exceptions import TimeoutError as RedisTimeout
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.views import set_rollback

from governance.actions.record import record
from governance.api.errors import BadParameter, SecondFactorNeeded, TooLarge, Unavailable
from governance.audit.events import Event, Outcome

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
# A restart of PostgreSQL or Redis takes about this long.
RETRY_SECONDS = 5


# DRF's own sentences for these repeat what the client sent, or say less than they could.
SENTENCES: dict[type[exceptions.APIException], str] = {
    exceptions.NotFound: "There is nothing at this address, or it is not yours to see.",
    exceptions.MethodNotAllowed: "This address does not know that method; Allow lists those it knows.",
    exceptions.NotAcceptable: "None of the media types in Accept is offered here.",
    exceptions.UnsupportedMediaType: "The body must be application/json.",
    exceptions.ParseError: "The body is not well-formed JSON.",
    exceptions.NotAuthenticated: "Sign in, or send a token as Authorization: Bearer.",
    exceptions.Throttled: "Too many requests; Retry-After says how many seconds to wait.",
    exceptions.ValidationError: "Some members of the body cannot be used; see errors.",
}
# DRF's messages for these would repeat the value.
MEMBER_SENTENCES = {
    "invalid_choice": "This is not one of the allowed values.",
    "does_not_exist": "There is none with this id.",
    "incorrect_type": "This has the wrong type.",
}

_NO_ANSWER = (OperationalError, InterfaceError, RedisUnreachable, RedisTimeout)
TRANSLATED: dict[type[Exception], type[exceptions.APIException]] = {
    Http404: exceptions.NotFound,
    # A SuspiciousOperation too, so it stands before its kind.
    RequestDataTooBig: TooLarge,
    SuspiciousOperation: exceptions.ParseError,
    **dict.fromkeys(_NO_ANSWER, Unavailable),
}


def problem_response(error: Exception, context: Mapping[str, Any]) -> JsonResponse:
    """Return the problem document for whatever a view raised (DRF's EXCEPTION_HANDLER)."""
    known = _as_api_exception(error)
    if known is None:
        _log_without_values(error)
        known = exceptions.APIException(
            "Something went wrong here, not in your request. Quote the request id."
        )
    set_rollback()
    if known.status_code == HTTPStatus.FORBIDDEN:
        # Whoever showed a token that was good but for the second factor is not signed in, and known.
        actor = known.user if isinstance(known, SecondFactorNeeded) else context["request"].user
        record(Event.ACCESS_REFUSED, actor=actor, outcome=Outcome.REFUSED)
    extra: dict[str, Any] = {}
    if isinstance(known, BadParameter):
        extra["parameter"] = known.parameter
    if isinstance(known, exceptions.ValidationError):
        extra["errors"] = list(_member_errors(known.detail))
    return problem(
        context["request"],
        HTTPStatus(known.status_code),
        _sentence(known),
        kind=known.default_code,
        headers=_headers(known),
        **extra,
    )


def problem(
    request: HttpRequest | Request,
    status: HTTPStatus,
    detail: str,
    *,
    kind: str,
    headers: Mapping[str, str] | None = None,
    **extra: Any,
) -> JsonResponse:
    """Return a problem document; a JsonResponse, because no content negotiation may turn it into another type."""
    body = {
        "type": f"urn:isocenter:problem:{kind.replace('_', '-')}",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "request_id": request.META.get("ISOCENTER_REQUEST_ID", ""),
        **extra,
    }
    return JsonResponse(body, status=status.value, headers=dict(headers or {}), content_type=MEDIA_TYPE)


def _as_api_exception(error: Exception) -> exceptions.APIException | None:
    """Return the API's name for an error, None for those that only a defect can cause."""
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied(str(error) or None)
    if isinstance(error, _NO_ANSWER):
        _log_without_values(error)
    return next((made() for kind, made in TRANSLATED.items() if isinstance(error, kind)), None)


def _log_without_values(error: Exception) -> None:
    """Log where an error came from; its text may quote a row, so only its class is named."""
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)]
    logger.error("api.failed", extra={"error_class": type(error).__qualname__, "places": places})


def _sentence(error: exceptions.APIException) -> str:
    return SENTENCES.get(type(error)) or str(error.detail)


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(RETRY_SECONDS)
    elif isinstance(error, exceptions.Throttled):
        headers["Retry-After"] = str(math.ceil(getattr(error, "wait", None) or 1))
    return headers


def _member_errors(detail: Any, pointer: str = "") -> Iterator[dict[str, str]]:
    """Yield each error of a body with the JSON Pointer (RFC 6901) of the member that it is about."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            # DRF files errors of the whole body under a name of its own.
            yield from _member_errors(inner, pointer if name == "non_field_errors" else f"{pointer}/{name}")
    elif isinstance(detail, list):
        for inner in detail:
            yield from _member_errors(inner, pointer)
    else:
        yield {"pointer": pointer, "detail": MEMBER_SENTENCES.get(detail.code, str(detail))}
