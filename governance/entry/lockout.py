"""Locking out whoever guesses: what we tell django-axes to count, and under which names."""

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac


class LockOut(AxesDatabaseHandler):
    """Failures are counted in the database, so that all processes count together and a restart forgets none.

    Few are borne from one address for one name; more, from all addresses together: who has many addresses is stopped
    too, and who has one cannot so easily keep somebody else out.
    """

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Return the failures from this address, or the limit itself once those from everywhere reach theirs."""
        here, everywhere = (
            attempts.aggregate(sum=Sum("failures_since_start"))["sum"] or 0
            for attempts in self.get_user_attempts(request, credentials)
        )
        if everywhere >= settings.FAILURES_EVERYWHERE:
            return max(here, settings.AXES_FAILURE_LIMIT)
        return int(here)


def name_to_count(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return a keyed digest of the name that was typed, known or not: it may be a password in the wrong field."""
    typed = (credentials or {}).get("username") or request.POST.get("username") or ""
    return salted_hmac("isocenter.lockout", str(typed).strip().casefold(), algorithm="sha256").hexdigest()


def keep_the_answer(_request: HttpRequest, response: HttpResponse, _credentials: Any) -> HttpResponse:
    """Let the page that refused say so itself, in the same words for names that exist and names that do not."""
    return response


def client_in_logs(*_told: Any) -> str:
    """Name nobody in the log: the audit trail knows."""
    return "a client"
