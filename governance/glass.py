"""Who has broken the glass: the record of every request that is served meanwhile."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from governance.access import Person
from governance.actions.break_glass import record_request_under
from governance.models import BreakGlass, User

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def open_glass_of(user: Person | None) -> BreakGlass | None:
    """Return what `user` has broken and not mended; nobody but a superuser costs a query."""
    if not isinstance(user, User) or not user.is_superuser:
        return None
    return BreakGlass.objects.filter(user=user).open_at(timezone.now()).select_related("user").first()


class BreakGlassMiddleware:
    """Record every request of somebody for whom the rules are set aside: what was called, how, and how it ended."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        arrived = timezone.now()
        response = self.get_response(request)
        # Afterwards: who shows a token is known only when the API has looked at it. It may have ended meanwhile.
        user = request.user
        if isinstance(user, User) and user.is_superuser:
            glass = BreakGlass.objects.filter(user=user).open_at(arrived).select_related("user").first()
            if glass is not None:
                self._record(glass, request, response)
        return response

    @staticmethod
    def _record(glass: BreakGlass, request: HttpRequest, response: HttpResponseBase) -> None:
        match = request.resolver_match
        record_request_under(
            glass,
            view=match.view_name if match else "",
            method=request.method or "",
            status=response.status_code,
        )
