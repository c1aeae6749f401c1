"""Errors of the API that DRF has no name for; governance.api.problems turns them into answers.

A module of its own, because DRF loads its parsers while it is itself being imported.
"""

from http import HTTPStatus

from rest_framework import exceptions

from governance.models import User


class Unavailable(exceptions.APIException):
    """A service that the API stands on does not answer."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = "A service that this needs does not answer. Try again in a few seconds."
    default_code = "unavailable"


class Conflict(exceptions.APIException):
    """The request is understood, but does not fit the state of things."""

    status_code = HTTPStatus.CONFLICT
    default_code = "conflict"


class TooLarge(exceptions.APIException):
    """A request body larger than any that the API has a use for."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = "The request body is too large."
    default_code = "too-large"


class BadParameter(exceptions.APIException):
    """A query parameter that is unknown or cannot be used; names the parameter, never its value."""

    status_code = HTTPStatus.BAD_REQUEST
    default_code = "bad-parameter"

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(detail)
        self.parameter = parameter


class SecondFactorNeeded(exceptions.PermissionDenied):
    """A token of somebody whose role needs a second factor, and who has none; `user` is they."""

    default_detail = (
        "The role of this token's owner needs a second factor, and they have none: set one up on the page "
        "Account, Second factors. The token counts from then on."
    )
    default_code = "second_factor_needed"

    def __init__(self, user: User) -> None:
        super().__init__()
        self.user = user
