"""Invitations: links with which somebody makes their own account."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.models.access import Role
from governance.models.collections import Collection
from governance.models.people import User

_PERSON = settings.AUTH_USER_MODEL
VALID_FOR = timedelta(days=7)


def end_of_validity() -> datetime:
    return timezone.now() + VALID_FOR


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open_at(self, at: datetime) -> Self:
        return self.filter(expires_at__gt=at, accepted_at__isnull=True, withdrawn_at__isnull=True)

    def with_secret(self, secret: str) -> Self:
        return self.filter(digest=Invitation.digest_of(secret))


class Invitation(models.Model):
    """Somebody may make themselves an account, of this kind and with this role. Only the link's SHA-256 is stored."""

    class Kind(models.TextChoices):
        PERSON = User.Kind.PERSON.value, _("Person")
        AUDITOR = User.Kind.AUDITOR.value, _("Auditor, for a time and read-only")

    digest = models.CharField(max_length=64, unique=True, editable=False)
    first_name = models.CharField(_("first name"), max_length=150, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    job = models.CharField(_("job"), max_length=80, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.PERSON)
    active_until = models.DateTimeField(_("active until"), null=True, blank=True)
    roles = models.ManyToManyField(Role, related_name="+")
    # None is all of them.
    collection = models.ForeignKey(Collection, models.PROTECT, null=True, blank=True, related_name="+")
    # None is the installation itself: the command line.
    invited_by = models.ForeignKey(_PERSON, models.PROTECT, null=True, editable=False, related_name="+")
    invited_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(default=end_of_validity, editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False)
    # Whom it is for when they have an account already, as whom they accepted it otherwise.
    user = models.ForeignKey(_PERSON, models.PROTECT, null=True, editable=False, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["-invited_at", "-id"]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email or str(_("Somebody"))

    @staticmethod
    def digest_of(secret: str) -> str:
        """256 random bits need no salt or slow hash (NIST SP 800-63B, look-up secrets)."""
        return hashlib.sha256(secret.encode()).hexdigest()

    @staticmethod
    def new_secret() -> str:
        return secrets.token_urlsafe(32)
