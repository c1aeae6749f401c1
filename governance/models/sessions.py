"""Sessions of the pages: whose, since when, and when somebody was last there."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.utils import timezone

# A session is written to at most this often to note that somebody is there.
PRESENCE_PRECISION = timedelta(minutes=1)
DEVICE_LENGTH = 200


class SessionQuerySet(models.QuerySet["Session"]):
    """Sessions by whose they are and whether they still let anybody in."""

    def of(self, user: models.Model) -> Self:
        return self.filter(user=user)

    def alive(self, at: datetime) -> Self:
        """Those that neither limit has ended."""
        return self.filter(
            expire_date__gt=at,
            started_at__gt=at - settings.SESSION_ABSOLUTE_LIMIT,
            last_seen_at__gt=at - settings.SESSION_IDLE_LIMIT,
        )


class Session(AbstractBaseSession):
    """One browser that somebody signed in with. Before signing in it belongs to nobody."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="sessions")
    started_at = models.DateTimeField(default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(default=timezone.now, editable=False)
    address = models.GenericIPAddressField(null=True, editable=False)
    # What the browser says it is.
    device = models.CharField(max_length=DEVICE_LENGTH, blank=True, editable=False)

    objects: ClassVar = BaseSessionManager.from_queryset(SessionQuerySet)()

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["-last_seen_at"]

    def __str__(self) -> str:
        return f"Session of {self.user} since {self.started_at:%Y-%m-%d %H:%M}"
