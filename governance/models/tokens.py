"""The keys that people's programs use."""

import hashlib
import secrets
from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from governance.models.people import acting_at


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self, secret: str, *, at: datetime) -> "models.QuerySet[ApiToken]":
        """The token with this secret, unless it is over, its owner's account is, or nobody answers for that any more."""
        return self.filter(
            acting_at(at, "user__"),
            digest=ApiToken.digest_of(secret),
            expires_at__gt=at,
            revoked_at__isnull=True,
        )


class ApiToken(models.Model):
    """A program's key to the API. The secret is shown once; only its SHA-256 is stored."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # Values of Permission that it is held to; empty is whatever its owner may do.
    scopes = ArrayField(models.TextField(), default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

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
