"""How many requests a person may make in a while, counted in Redis for all web processes together."""

import time
from ipaddress import ip_network
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

# Of tokens from one address, in a minute: a program with a mistyped token is told so, one that guesses is not served.
REFUSALS = 20
REFUSAL_SECONDS = 60


def count_refusal(address: str) -> tuple[int, float]:
    """Count a refused token of this address; return how many there were in this minute, and its seconds left."""
    window, elapsed = divmod(time.time(), REFUSAL_SECONDS)
    key = f"token-refusals:{_household(address)}:{int(window)}"
    cache.add(key, 0, timeout=2 * REFUSAL_SECONDS)
    return int(cache.incr(key)), REFUSAL_SECONDS - elapsed


def _household(address: str) -> str:
    """One network of IPv6 belongs to one client, which may choose among its 2^64 addresses (RFC 6177)."""
    if ":" not in address:
        return address
    return str(ip_network((address, 64), strict=False).network_address)


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
