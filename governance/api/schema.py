"""The OpenAPI description: what views declare as parameters, and the problems that each operation may answer."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from governance.api.problems import MEDIA_TYPE
from governance.api.strict import StrictBody

MEANINGS = {
    HTTPStatus.BAD_REQUEST: "A parameter or the body cannot be used; the problem names which.",
    HTTPStatus.UNAUTHORIZED: "Nobody is signed in, or the token is unknown or has expired.",
    HTTPStatus.FORBIDDEN: "The permission is missing; the problem names it.",
    HTTPStatus.NOT_FOUND: "There is none, or it is not yours to see.",
    HTTPStatus.NOT_ACCEPTABLE: "None of the media types in Accept is offered.",
    HTTPStatus.CONFLICT: "It does not fit the state of things; the problem says why and what to do.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is larger than 64 KiB.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not application/json.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests; Retry-After says how many seconds to wait.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database or Redis does not answer; Retry-After says when to try again.",
}
ALWAYS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.NOT_ACCEPTABLE,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
WITH_BODY = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, HTTPStatus.CONFLICT)
RETRIED = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


class MemberError(serializers.Serializer[Any]):
    """One member of a body that cannot be used."""

    pointer = serializers.CharField(help_text="JSON Pointer (RFC 6901) of the member.", allow_blank=True)
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """Problem Details (RFC 9457). Never repeats a value that was sent or is stored."""

    type = serializers.CharField(help_text="A URN of ours that names the kind of problem.")
    title = serializers.CharField()
    status = serializers.IntegerField(min_value=400, max_value=599)
    detail = serializers.CharField()
    request_id = serializers.CharField(help_text="Quote it when asking for help.", allow_blank=True)
    parameter = serializers.CharField(required=False, help_text="The query parameter that is wrong.")
    errors: Any = MemberError(many=True, required=False)


class Schema(AutoSchema):
    """drf-spectacular's inspector, plus what every view of ours has in common."""

    def get_override_parameters(self) -> list[Any]:
        declared = getattr(self.view, "parameters", None)
        return [parameter.openapi() for parameter in declared()] if declared else []

    def get_tags(self) -> list[str]:
        """Group operations by resource: the first word after /api/."""
        return [self._tokenize_path()[0]]

    def get_summary(self) -> str | None:
        first = self.get_description().partition("\n")[0].rstrip(".")
        return f"One by its id. {first}" if getattr(self.view, "action", "") == "retrieve" else first or None

    def _map_serializer(
        self, serializer: Any, direction: Any, bypass_extensions: bool = False
    ) -> dict[str, Any]:
        schema: dict[str, Any] = super()._map_serializer(  # type: ignore[no-untyped-call]
            serializer, direction, bypass_extensions
        )
        if isinstance(serializer, StrictBody):
            schema["additionalProperties"] = False
        return schema

    def _get_request_body(self, direction: Any = "request") -> Any:
        """Say of a body that is described by hand that it has to be sent: drf-spectacular knows that of ours alone."""
        body: Any = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        if body and isinstance(self.get_request_serializer(), dict):
            body["required"] = True
        return body

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        expected = (*ALWAYS, *WITH_BODY) if self.method in {"POST", "PATCH"} else ALWAYS
        for status in expected:
            bodies.setdefault(str(status.value), self._problem_body(status))
        return dict(sorted(bodies.items()))

    def _problem_body(self, status: HTTPStatus) -> dict[str, Any]:
        body: dict[str, Any] = self._get_response_for_code(  # type: ignore[no-untyped-call]
            Problem, str(status.value), [MEDIA_TYPE]
        )
        body["description"] = MEANINGS[status]
        body["content"][MEDIA_TYPE]["example"] = {
            "type": f"urn:isocenter:problem:{status.name.lower().replace('_', '-')}",
            "title": status.phrase,
            "status": status.value,
            "detail": MEANINGS[status],
            "request_id": "9f86d081884c",
        }
        if status in RETRIED:
            seconds = {"schema": {"type": "integer", "minimum": 1}, "description": "Seconds to wait."}
            body["headers"] = {"Retry-After": seconds}
        return body


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema names our bearer tokens."""

    target_class = "governance.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "Make one with `./isocenter token USER`.",
        }
