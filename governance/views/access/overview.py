"""What I may do, what I have asked for, and what waits for me."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from governance.access import can, can_anywhere
from governance.explain import sentence
from governance.models import Grant, User
from governance.oversight import grants_seen_by, requests_seen_by, requests_waiting_for, reviews_seen_by
from governance.permissions import Permission
from governance.views.access.frame import page, signed_in

SHOWN = 10
# Grants that end so soon are told of.
SOON = timedelta(days=14)
UNUSED_DAYS = 90


def overview(request: HttpRequest) -> HttpResponse:
    """Show everybody their own access, and those who oversee others what there is to do."""
    user = signed_in(request)
    now = timezone.now()
    mine = Grant.objects.concerning(user).in_force(now).told()
    context = {
        "mine": [(grant, sentence(grant), _is_ending(grant)) for grant in mine],
        "requests": requests_seen_by(user)
        .filter(requester=user)
        .select_related("role", "collection", "decided_by", "grant__role")[:SHOWN],
        "may_decide": can_anywhere(user, Permission.ACCESS_APPROVE),
        "waiting": requests_waiting_for(user).select_related("requester", "role", "collection")[:SHOWN],
        "waiting_count": requests_waiting_for(user).count(),
        "may_see_glass": user.is_superuser or can(user, Permission.ACCESS_READ),
        "oversight": _oversight(user) if can_anywhere(user, Permission.ACCESS_READ) else None,
    }
    return page(request, "overview", context, tab="overview")


def _is_ending(grant: Grant) -> bool:
    return grant.expires_at is not None and grant.expires_at - timezone.now() < SOON


def _oversight(user: User) -> dict[str, Any]:
    """Count what somebody who oversees access looks at first; every number has its list."""
    now = timezone.now()
    grants = grants_seen_by(user)
    reviews = reviews_seen_by(user).filter(closed_at__isnull=True)
    return {
        "grants": grants.in_force(now).count(),
        "ending": grants.in_force(now).filter(expires_at__lt=now + SOON).count(),
        "unused": grants.unused(now, UNUSED_DAYS).count(),
        "reviews": reviews.count(),
        "overdue": reviews.filter(due_on__lt=timezone.localdate()).count(),
    }
