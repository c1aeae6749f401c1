"""What the catalogue does around every request: whatever was shown is written down before it is sent."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from catalog.actions.record_sight import record_sight
from catalog.sight import Sight

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class SightMiddleware:
    """Record what a request was shown; when that fails, nothing is shown.

    An answer with revealed values is kept by no cache, whatever the view said.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        sight: Sight | None = getattr(request, "sight", None)
        if sight is None or response.status_code >= 300:
            return response
        if any(seen.revealed for seen in sight.seen.values()):
            response.headers["Cache-Control"] = "private, no-store"
        if sight.seen:
            record_sight(sight)
        return response
