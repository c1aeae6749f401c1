"""What should not stay as it is: duties that are not kept apart, and grants that nobody uses."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from governance.access import can_anywhere, scope_of
from governance.duties import KEPT_APART, conflicts
from governance.explain import sentence
from governance.gate import needs
from governance.keyset import Order
from governance.oversight import grants_seen_by
from governance.permissions import Permission
from governance.views.access.frame import is_number, page, rows_of, signed_in
from governance.views.access.overview import UNUSED_DAYS

OLDEST = Order("given", gettext_lazy("Given first"), descending=False)
LONGEST_DAYS = 3650


@needs(Permission.ACCESS_READ)
def list_conflicts(request: HttpRequest) -> HttpResponse:
    """List who holds what should be kept apart, and by which grants."""
    user = signed_in(request)
    scope = scope_of(user, Permission.ACCESS_READ)
    found = [each for each in conflicts() if scope.everywhere or each.collection_id in scope.ids]
    deciding = grants_seen_by(user).filter(pk__in={pk for each in found for pk in each.grant_ids})
    grants = {grant.pk: sentence(grant) for grant in deciding.told()}
    rows = [(each, [(pk, grants[pk]) for pk in each.grant_ids if pk in grants]) for each in found]
    return page(request, "conflicts", {"rows": rows, "duties": KEPT_APART}, tab="conflicts")


@needs(Permission.ACCESS_READ)
def unused(request: HttpRequest) -> HttpResponse:
    """List the grants in force that nobody has used for a while."""
    user = signed_in(request)
    asked = request.GET.get("days", "")
    days = min(max(int(asked), 1), LONGEST_DAYS) if is_number(asked) else UNUSED_DAYS
    rows = grants_seen_by(user).told().unused(timezone.now(), days)
    context = {
        **rows_of(request, rows, OLDEST, {"days": str(days)}),
        "days": days,
        "total": rows.count(),
        "may_revoke": can_anywhere(user, Permission.ACCESS_MANAGE),
    }
    return page(request, "unused", context, tab="unused")
