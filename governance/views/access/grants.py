"""Grants: the list of them with filters, as a file, one of them, giving and revoking."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from governance.access import can, can_anywhere, collections_for
from governance.actions.change_grant_end import change_grant_end
from governance.actions.give_grant import give_grant, is_of
from governance.actions.record import record
from governance.actions.revoke_grant import revoke_grant
from governance.audit.events import Event
from governance.explain import sentence
from governance.exports import Receipt, attachment, csv_pieces
from governance.forms.access import EndForm, GiveForm, ReasonForm
from governance.gate import needs
from governance.keyset import Order
from governance.models import Grant, Role, User
from governance.oversight import MOST_NAMES, grants_seen_by, groups_seen_by, people_seen_by
from governance.permissions import Permission
from governance.views.access.frame import is_number, page, refusals_in, rows_of, signed_in
from governance.views.access.overview import UNUSED_DAYS

LATEST = Order("given", gettext_lazy("Given last"))
STATES = {
    "in-force": gettext_lazy("In force"),
    "coming": gettext_lazy("Not yet begun"),
    "ended": gettext_lazy("Ended"),
    "all": gettext_lazy("All"),
}
HEADING = (
    "grant",
    "person",
    "group",
    "role",
    "collection",
    "reason",
    "given_by",
    "approver",
    "given_at",
    "from",
    "until",
    "revoked_at",
    "revoked_by",
    "revocation_reason",
    "last_used_at",
)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a list of grants is narrowed to by its address; what cannot be used is left out."""

    person: str
    group: str
    role: str
    collection: str
    state: str
    unused: str

    @classmethod
    def of(cls, request: HttpRequest) -> "Narrowing":
        given = request.GET
        numbers = {
            name: given.get(name, "") if is_number(given.get(name, "")) else ""
            for name in ("group", "role", "collection")
        }
        state = given.get("state", "in-force")
        return cls(
            person=given.get("person", "")[:150],
            state=state if state in STATES else "in-force",
            unused="on" if given.get("unused") == "on" else "",
            **numbers,
        )

    @property
    def query(self) -> dict[str, str]:
        return {name: value for name in self.__slots__ if (value := getattr(self, name))}

    def apply(self, grants: Any) -> QuerySet[Grant]:
        now = timezone.now()
        states = {"in-force": grants.in_force, "coming": grants.coming, "ended": grants.ended}
        rows = states[self.state](now) if self.state in states else grants
        if self.unused:
            rows = rows.unused(now, UNUSED_DAYS)
        for name in ("group", "role", "collection"):
            if number := getattr(self, name):
                rows = rows.filter(**{f"{name}_id": int(number)})
        if self.person:
            named = Q(user__username__icontains=self.person) | Q(user__last_name__icontains=self.person)
            rows = rows.filter(named | Q(user__first_name__icontains=self.person))
        narrowed: QuerySet[Grant] = rows
        return narrowed


@needs(Permission.ACCESS_READ)
def grants(request: HttpRequest) -> HttpResponse:
    """List the grants on Collections whose access this person oversees."""
    user = signed_in(request)
    chosen = Narrowing.of(request)
    rows = chosen.apply(grants_seen_by(user).told())
    context = {
        **rows_of(request, rows, LATEST, chosen.query),
        "total": rows.count(),
        "chosen": chosen,
        "states": STATES.items(),
        "all_roles": Role.objects.all(),
        "all_groups": Group.objects.filter(pk__in=grants_seen_by(user).values("group")).order_by("name"),
        "all_collections": collections_for(user, Permission.ACCESS_READ),
        "may_give": can_anywhere(user, Permission.ACCESS_MANAGE),
        "query": urlencode(chosen.query),
        "unused_days": UNUSED_DAYS,
    }
    return page(request, "grants", context, tab="grants")


@needs(Permission.ACCESS_READ)
def grants_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Send every grant of the list that the same address shows as a page."""
    user = signed_in(request)
    rows = Narrowing.of(request).apply(grants_seen_by(user).told()).order_by("-id")
    record(Event.ACCESS_VIEWED, actor=user, detail={"what": "grants", "format": "csv", "rows": rows.count()})
    return attachment(csv_pieces(HEADING, _cells(rows), Receipt()), "text/csv; charset=utf-8", "grants.csv")


def _cells(rows: QuerySet[Grant]) -> Iterator[list[str]]:
    for grant in rows.iterator(2000):
        yield [
            str(grant.pk),
            grant.user.get_username() if grant.user else "",
            grant.group.name if grant.group else "",
            grant.role.name,
            grant.collection.name if grant.collection else _("All collections"),
            grant.reason,
            grant.given_by.get_username() if grant.given_by else "",
            grant.approver.get_username() if grant.approver else "",
            *(_written(moment) for moment in (grant.given_at, grant.starts_at, grant.expires_at)),
            _written(grant.revoked_at),
            grant.revoked_by.get_username() if grant.revoked_by else "",
            grant.revocation_reason,
            _written(grant.last_used_at),
        ]


def _written(moment: Any) -> str:
    return moment.isoformat() if moment else ""


@needs(Permission.ACCESS_MANAGE)
def give(request: HttpRequest) -> HttpResponse:
    """Give somebody a role."""
    user = signed_in(request)
    places = collections_for(user, Permission.ACCESS_MANAGE)
    form = GiveForm(
        places,
        groups_seen_by(user, Permission.ACCESS_MANAGE),
        can(user, Permission.ACCESS_MANAGE),
        request.POST or None,
        initial=_given(request),
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        with refusals_in(form):
            grant = give_grant(
                given["person"] or given["group"],
                given["role"],
                given["collection"],
                actor=user,
                reason=given["reason"],
                expires_at=given["until"],
            )
            messages.success(request, sentence(grant))
            return HttpResponseRedirect(reverse("access:grant", args=[grant.pk]))
    known = people_seen_by(user, Permission.ACCESS_MANAGE).filter(is_active=True)
    context = {"form": form, "people": known[:MOST_NAMES]}
    return page(request, "grant_give", context, tab="grants", status=422 if form.errors else 200)


def _given(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in ("person", "group", "collection") if name in request.GET}


def grant(request: HttpRequest, grant_id: int) -> HttpResponse:
    """Show one grant: everybody their own, others to those who oversee access there."""
    return _detail(request, _visible(signed_in(request), grant_id))


@require_POST
def revoke(request: HttpRequest, grant_id: int) -> HttpResponse:
    """End a grant at once. Anybody may give up their own."""
    user = signed_in(request)
    row = _visible(user, grant_id)
    form = ReasonForm(request.POST, auto_id="revoke_%s")
    if form.is_valid():
        with refusals_in(form):
            ended = revoke_grant(row, actor=user, reason=form.cleaned_data["reason"])
            if ended:
                messages.success(request, _("Revoked. It counts from this moment on."))
            else:
                messages.warning(request, _("Nothing was changed: it had been revoked already."))
            is_own = row.user_id == user.pk
            address = reverse("access:overview") if is_own else reverse("access:grant", args=[row.pk])
            return HttpResponseRedirect(address)
    return _detail(request, row, revoking=form, status=422)


@require_POST
@needs(Permission.ACCESS_MANAGE)
def change_end(request: HttpRequest, grant_id: int) -> HttpResponse:
    """Let a grant end sooner or later."""
    user = signed_in(request)
    row = _visible(user, grant_id)
    form = EndForm(request.POST, auto_id="end_%s")
    if form.is_valid():
        given = form.cleaned_data
        with refusals_in(form):
            changed = change_grant_end(row, actor=user, expires_at=given["until"], reason=given["reason"])
            if changed:
                messages.success(request, _("The end is changed."))
            else:
                messages.warning(request, _("Nothing was changed: the grant is over."))
            return HttpResponseRedirect(reverse("access:grant", args=[row.pk]))
    return _detail(request, row, ending=form, status=422)


def _visible(user: User, grant_id: int) -> Grant:
    seen = grants_seen_by(user)
    own = Grant.objects.concerning(user)
    found = Grant.objects.filter(Q(pk__in=seen.values("pk")) | Q(pk__in=own.values("pk"))).told()
    return get_object_or_404(found, pk=grant_id)


def _detail(
    request: HttpRequest,
    row: Grant,
    *,
    revoking: ReasonForm | None = None,
    ending: EndForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = signed_in(request)
    now = timezone.now()
    is_over = row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now)
    manages = can(user, Permission.ACCESS_MANAGE, row.collection)
    context = {
        "grant": row,
        "says": sentence(row),
        "in_force": row.is_in_force(now),
        "is_over": is_over,
        "is_own": row.user_id == user.pk,
        "may_revoke": not is_over and (manages or row.user_id == user.pk),
        "may_change": not is_over and manages and not is_of(row.subject, user),
        # Everybody sees themselves among people, and not everybody may look at what somebody sees.
        "may_see_as": can_anywhere(user, Permission.ACCESS_MANAGE)
        and people_seen_by(user, Permission.ACCESS_MANAGE).filter(pk=row.user_id or 0).exists(),
        "revoking": revoking or ReasonForm(auto_id="revoke_%s"),
        "ending": ending or EndForm(auto_id="end_%s"),
        "asked": getattr(row, "access_request", None),
        "members": row.group.user_set.filter(is_active=True).order_by("username")[:50] if row.group else [],
    }
    return page(request, "grant", context, tab="grants", status=status)
