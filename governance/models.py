"""People, the tokens their programs use, and the Collections that access is scoped to."""

import hashlib
import secrets
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.permissions import Permission


class User(AbstractUser):
    """A person; `job` is what they are shown as, permissions come from grants on Collections."""

    job = models.CharField(_("job"), max_length=80, blank=True)
    # How this person likes the pages: theme, density, columns (governance/preferences.py).
    preferences = models.JSONField(default=dict, blank=True, editable=False)

    def __str__(self) -> str:
        return self.get_full_name() or self.get_username()


class PrivacyClaim(models.TextChoices):
    """What a Collection says of itself; `unknown` is itself a finding."""

    IDENTIFIED = "identified", _("Identified")
    LIMITED = "limited", _("Limited data set")
    SAFE_HARBOR = "safe_harbor", _("De-identified, Safe Harbor")
    EXPERT = "expert", _("De-identified, expert determination")
    UNKNOWN = "unknown", _("Unknown")


class Collection(models.Model):
    """The unit of stewardship and access: a named set of studies with an owner and a privacy claim."""

    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="owned_collections"
    )
    privacy_claim = models.CharField(
        _("privacy claim"), max_length=20, choices=PrivacyClaim, default=PrivacyClaim.UNKNOWN
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["name"]
        default_permissions = ()
        permissions: ClassVar = [(permission.codename, permission.value) for permission in Permission]
        constraints: ClassVar = [models.UniqueConstraint(Lower("name"), name="collection_name_is_unique")]

    def __str__(self) -> str:
        return self.name


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self, secret: str, *, at: datetime) -> "models.QuerySet[ApiToken]":
        """The token with this secret, unless it has expired or its owner may no longer sign in."""
        return self.filter(digest=ApiToken.digest_of(secret), expires_at__gt=at, user__is_active=True)


class ApiToken(models.Model):
    """A program's key to the API. The secret is shown once; only its SHA-256 is stored."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"

    @staticmethod
    def digest_of(secret: str) -> str:
        """256 random bits need no salt or slow hash (NIST SP 800-63B, look-up secrets)."""
        return hashlib.sha256(secret.encode()).hexdigest()

    @staticmethod
    def new_secret() -> str:
        return "iso_" + secrets.token_urlsafe(32)
