"""How many requests a person may make in a while, counted in Redis for all web processes together."""

import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle


class PerUserThrottle(BaseThrottle):
    """Count requests per person in fixed windows; the count is atomic, so parallel requests are all seen."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request and tell whether it is within the rate."""
        limit, seconds = settings.API_RATE
        window, elapsed = divmod(time.time(), seconds)
        self.seconds_left = seconds - elapsed
        key = f"api-rate:{request.user.pk}:{int(window)}"
        cache.add(key, 0, timeout=2 * seconds)
        return int(cache.incr(key)) <= limit

    def wait(self) -> float:
        """Seconds until the next window, for Retry-After."""
        return self.seconds_left
