"""How many requests a person may make in a while, counted in Redis for all web processes together."""

import time
from typing import Any

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class PerUserThrottle(SimpleRateThrottle):
    """Count requests per person in fixed windows; the count is atomic, so parallel requests are all seen."""

    scope = "user"

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request and tell whether it is within the rate."""
        if not self.rate or self.num_requests is None or self.duration is None:
            return True
        window, elapsed = divmod(time.time(), self.duration)
        self.seconds_left = self.duration - elapsed
        key = f"throttle:{self.scope}:{request.user.pk}:{int(window)}"
        cache.add(key, 0, timeout=2 * self.duration)
        return cache.incr(key) <= self.num_requests

    def wait(self) -> float:
        """Seconds until the next window, for Retry-After."""
        return self.seconds_left
