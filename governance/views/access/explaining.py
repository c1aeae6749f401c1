"""Why somebody may do something or not, and everything that one person may do."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import Scope, can, can_anywhere, collections_for, scope_of
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.explain import explain, sentence
from governance.forms.access import ExplainForm
from governance.gate import needs
from governance.holdings import studies_in
from governance.models import Collection, User
from governance.oversight import MOST_NAMES, askable_collections, grants_seen_by, people_seen_by
from governance.permissions import Permission
from governance.views.access.frame import page, signed_in


def explain_page(request: HttpRequest) -> HttpResponse:
    """Answer everybody about themselves, and those who oversee access about others."""
    user = signed_in(request)
    people = people_seen_by(user)
    oversees = can_anywhere(user, Permission.ACCESS_READ)
    known = Q(pk__in=collections_for(user, Permission.ACCESS_READ).values("pk"))
    places = Collection.objects.filter(known | Q(pk__in=askable_collections(user).values("pk")))
    initial = {"person": user.get_username(), "permission": Permission.CATALOG_READ.value}
    form = ExplainForm(people, places, request.GET if "permission" in request.GET else None, initial=initial)
    context: dict[str, Any] = {"form": form, "people": people[:MOST_NAMES] if oversees else [user]}
    if form.is_valid() and _may_ask(user, form):
        given = form.cleaned_data
        person, permission = given["person"], Permission(given["permission"])
        context |= {
            "person": person,
            "permission": permission,
            "collection": given["collection"],
            "told": explain(person, permission, given["collection"]),
        }
        if person != user:
            _record(user, person, given["collection"], "explained")
    return page(request, "explain", context, tab="explain")


def _may_ask(user: User, form: ExplainForm) -> bool:
    """About others only where one oversees access; the form says so otherwise."""
    given = form.cleaned_data
    if given["person"] == user or can(user, Permission.ACCESS_READ, given["collection"]):
        return True
    form.add_error("collection", _("You do not oversee access there."))
    return False


class Row(NamedTuple):
    """One Collection as the person sees it; `studies` is None where the one who looks may not know."""

    name: str
    collection: Collection | None
    permissions: list[Permission]
    studies: int | None


@needs(Permission.ACCESS_MANAGE)
def seen_by(request: HttpRequest, username: str) -> HttpResponse:
    """Show what one person may see and do where the one who looks manages access: nobody signs in as them.

    Who holds nothing there is not there.
    """
    user = signed_in(request)
    person = get_object_or_404(people_seen_by(user, Permission.ACCESS_MANAGE), username=username)
    managed = scope_of(user, Permission.ACCESS_MANAGE)
    held = {permission: scope_of(person, permission) for permission in Permission}
    rows = _rows(user, managed, held)
    seen = grants_seen_by(user, Permission.ACCESS_MANAGE).concerning(person).in_force(timezone.now()).told()
    _record(user, person, None, "seen as")
    context = {
        "person": person,
        "rows": rows,
        "grants": [(grant, sentence(grant)) for grant in seen],
        "has_ended": not person.is_active or person.has_ended(timezone.now()),
    }
    return page(request, "seen_by", context, tab="grants")


def _rows(user: User, managed: Scope, held: Mapping[Permission, Scope]) -> list[Row]:
    """First what is held on all Collections, then the Collections on which something is held."""
    everywhere = [permission for permission, scope in held.items() if scope.everywhere]
    ids = {pk for scope in held.values() for pk in scope.ids}
    places = Collection.objects.all() if managed.everywhere else Collection.objects.filter(pk__in=managed.ids)
    readable = held[Permission.CATALOG_READ]
    shown = places if everywhere else places.filter(pk__in=ids)
    readers = collections_for(user, Permission.CATALOG_READ)
    counts = studies_in(set(readers.filter(pk__in=shown.values("pk")).values_list("pk", flat=True)))
    rows = [
        Row(
            name=place.name,
            collection=place,
            permissions=[permission for permission, scope in held.items() if scope.holds(place.pk)],
            studies=counts.get(place.pk) if readable.holds(place.pk) else 0,
        )
        for place in shown
    ]
    if everywhere and managed.everywhere:
        rows.insert(0, Row(_("All collections, also those to come"), None, everywhere, None))
    return rows


def _record(user: User, person: User, collection: Collection | None, how: str) -> None:
    record(
        Event.ACCESS_VIEWED,
        actor=user,
        collection=collection,
        things=(Thing("user", person.pk),),
        detail={"what": how},
    )
