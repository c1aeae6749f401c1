"""The first page of somebody who may not read the catalogue: what they can do now, and whom to turn to."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from governance.explain import sentence
from governance.models import Grant
from governance.oversight import askable_collections, givers_on_all, requests_seen_by
from governance.views.access.frame import signed_in

SHOWN = 5


def welcome(request: HttpRequest) -> HttpResponse:
    """Show what may be asked for, what was asked for and given already, and who gives access; nothing is counted."""
    user = signed_in(request)
    now = timezone.now()
    context = {
        "askable": askable_collections(user).select_related("owner"),
        "mine": [(grant, sentence(grant)) for grant in Grant.objects.concerning(user).in_force(now).told()],
        "requests": requests_seen_by(user)
        .filter(requester=user)
        .select_related("role", "collection")[:SHOWN],
        "givers": givers_on_all(now),
    }
    return render(request, "governance/welcome.html", context)
