"""People, and the programs that have accounts of their own."""

from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from governance.permissions import Permission


def open_at(at: datetime, account: str = "") -> Q:
    """Accounts that are not deactivated and not over; `account` leads to the account from the rows that are asked for."""
    endless = Q(**{f"{account}active_until__isnull": True})
    return (endless | Q(**{f"{account}active_until__gt": at})) & Q(**{f"{account}is_active": True})


def acting_at(at: datetime, account: str = "") -> Q:
    """Accounts that are open; of programs those alone for which somebody answers whose own account is open."""
    is_program = Q(**{f"{account}kind": User.Kind.SERVICE})
    return open_at(at, account) & (~is_program | open_at(at, f"{account}answerable__"))


class User(AbstractUser):
    """Somebody or something with an account; permissions come from grants.

    `job` is what a person is shown as. `is_superuser` allows nothing by itself: see BreakGlass.
    """

    class Kind(models.TextChoices):
        PERSON = "person", _("Person")
        # From outside, for a time, and held to what changes and reveals nothing.
        AUDITOR = "auditor", _("Auditor")
        # A program: no password, tokens only, and a person who answers for it.
        SERVICE = "service", _("Service account")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.PERSON)
    job = models.CharField(_("job"), max_length=80, blank=True)
    # After this the account is worth nothing; None is no end.
    active_until = models.DateTimeField(_("active until"), null=True, blank=True)
    answerable = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="service_accounts"
    )
    # How this person likes the pages: theme, density, columns (governance/preferences.py).
    preferences = models.JSONField(default=dict, blank=True, editable=False)

    # What a token narrows this account to while a request lasts; None is no narrowing.
    narrowed_to: frozenset[Permission] | None = None

    def __str__(self) -> str:
        return self.get_full_name() or self.get_username()

    @property
    def behind(self) -> int:
        """The number of the person who acts by it: who answers for a service account, themselves for people."""
        return self.answerable_id or self.pk

    def has_ended(self, at: datetime) -> bool:
        return self.active_until is not None and self.active_until <= at

    def is_answered_for(self, at: datetime) -> bool:
        """Whether a service account may act at a moment; people, who answer for themselves, always may."""
        if self.kind != self.Kind.SERVICE:
            return True
        whose = self.answerable
        return whose is not None and whose.is_active and not whose.has_ended(at)
