"""Keep a lease while its holder works, however slow the disk."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone


class Heartbeat:
    """Called again and again; renews the lease whenever a quarter of it has passed."""

    def __init__(self, renew: Callable[[datetime], object]) -> None:
        self._renew = renew
        self._pause = settings.CHUNK_LEASE_SECONDS / 4
        self._next = time.monotonic() + self._pause

    def __call__(self) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + self._pause
            self._renew(lease_end())


def lease_end() -> datetime:
    """Return the moment until which a lease taken or renewed now holds."""
    return timezone.now() + timedelta(seconds=settings.CHUNK_LEASE_SECONDS)
