"""Collections: what access is scoped to, and sources feed."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import can, collections_for, require, scope_of
from governance.actions.change_collection import change_collection
from governance.actions.create_collection import create_collection
from governance.forms.access import CollectionForm
from governance.gate import needs
from governance.models import Collection, Grant, PrivacyClaim
from governance.oversight import MOST_NAMES, people_seen_by
from governance.permissions import Permission
from governance.views.access.frame import page, refusals_in, signed_in


@needs(Permission.ACCESS_READ)
def collections(request: HttpRequest) -> HttpResponse:
    """List the Collections whose access this person oversees."""
    user = signed_in(request)
    in_force = Grant.objects.in_force(timezone.now()).values("pk")
    rows = (
        collections_for(user, Permission.ACCESS_READ)
        .select_related("owner")
        .annotate(held=Count("grants", filter=Q(grants__in=in_force), distinct=True))
    )
    managed = scope_of(user, Permission.COLLECTION_MANAGE)
    context = {
        "rows": [(row, managed.holds(row.pk)) for row in rows],
        "may_create": managed.everywhere,
        "everywhere": Grant.objects.in_force(timezone.now()).filter(collection__isnull=True).count()
        if scope_of(user, Permission.ACCESS_READ).everywhere
        else None,
    }
    return page(request, "collections", context, tab="collections")


@needs(Permission.COLLECTION_MANAGE)
def new_collection(request: HttpRequest) -> HttpResponse:
    """Make a Collection."""
    user = signed_in(request)
    if request.method == "POST":
        # First, so that the form tells nobody else who has an account.
        require(user, Permission.COLLECTION_MANAGE)
    form = CollectionForm(None, request.POST or None, initial={"owner": user.get_username()})
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            made = create_collection(actor=user, **_said(form))
            messages.success(request, _("%(name)s is made. Sources can feed it now.") % {"name": made})
            return HttpResponseRedirect(reverse("access:collections"))
    return _form(request, form, None)


@needs(Permission.COLLECTION_MANAGE)
def collection(request: HttpRequest, collection_id: int) -> HttpResponse:
    """Change what a Collection says of itself."""
    user = signed_in(request)
    row = get_object_or_404(collections_for(user, Permission.COLLECTION_MANAGE), pk=collection_id)
    initial = {name: getattr(row, name) for name in ("name", "description", "privacy_claim", "is_listed")}
    initial["owner"] = row.owner.get_username() if row.owner else ""
    form = CollectionForm(row, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            changed = change_collection(row, actor=user, **_said(form))
            messages.success(request, _("Saved.") if changed else _("Nothing was changed."))
            return HttpResponseRedirect(reverse("access:collections"))
    return _form(request, form, row)


def _said(form: CollectionForm) -> dict[str, Any]:
    return {**form.cleaned_data, "privacy_claim": PrivacyClaim(form.cleaned_data["privacy_claim"])}


def _form(request: HttpRequest, form: CollectionForm, row: Collection | None) -> HttpResponse:
    user = signed_in(request)
    known = people_seen_by(user, Permission.COLLECTION_MANAGE).filter(is_active=True)
    context = {
        "form": form,
        "collection": row,
        "may_create": can(user, Permission.COLLECTION_MANAGE),
        "people": known[:MOST_NAMES],
    }
    return page(request, "collection", context, tab="collections", status=422 if form.errors else 200)
