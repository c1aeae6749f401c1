"""Reviews: the access of others, looked at again row by row."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from governance.access import can, can_anywhere, collections_for
from governance.actions.close_review import close_review
from governance.actions.decide_review_row import decide_review_row
from governance.actions.keep_review_rows import keep_review_rows
from governance.actions.refusals import Refused
from governance.actions.start_review import start_review
from governance.forms.access import ReviewForm
from governance.gate import needs
from governance.keyset import Order
from governance.models import AccessReview, ReviewRow, Role, User
from governance.necessity import lesser_roles
from governance.oversight import own_rows, reviews_seen_by, rows_given_by
from governance.permissions import Permission
from governance.tempo import HASTY_SECONDS, tempo_of
from governance.views.access.frame import is_number, page, refusals_in, rows_of, signed_in

LATEST = Order("started", gettext_lazy("Started last"))
AS_FOUND = Order("row", gettext_lazy("As found"), descending=False)
SHOWN = ("undecided", "decided", "all")


@needs(Permission.ACCESS_READ)
def reviews(request: HttpRequest) -> HttpResponse:
    """List reviews, the open ones with what is left of them, and start one."""
    user = signed_in(request)
    places = collections_for(user, Permission.ACCESS_REVIEW)
    form = ReviewForm(places, can(user, Permission.ACCESS_REVIEW), request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            review = start_review(actor=user, **form.cleaned_data)
            return HttpResponseRedirect(reverse("access:review", args=[review.pk]))
    counted = reviews_seen_by(user).annotate(
        total=Count("rows"), left=Count("rows", filter=Q(rows__decision=""))
    )
    context = {
        **rows_of(request, counted.select_related("collection", "started_by"), LATEST),
        "form": form,
        "may_review": can_anywhere(user, Permission.ACCESS_REVIEW),
        "today": timezone.localdate(),
    }
    return page(request, "reviews", context, tab="reviews", status=422 if form.errors else 200)


@needs(Permission.ACCESS_READ)
def review(request: HttpRequest, review_id: int) -> HttpResponse:
    """Show the rows of one review, first those that are undecided."""
    user = signed_in(request)
    row = _visible(user, review_id)
    asked = request.GET.get("show", "")
    shown = asked if asked in SHOWN else "undecided"
    rows = _rows(row, user, shown)
    counts = row.rows.aggregate(
        total=Count("id"), left=Count("id", filter=Q(decision="")), own=Count("id", filter=own_rows(user))
    )
    context = {
        **rows_of(request, rows, AS_FOUND, {"show": shown}),
        "review": row,
        "shown": shown,
        "counts": counts,
        "decided": counts["total"] - counts["left"],
        "tempo": tempo_of(row),
        "hasty_seconds": int(HASTY_SECONDS),
        "may_review": row.closed_at is None and can(user, Permission.ACCESS_REVIEW, row.collection),
        "is_overdue": row.closed_at is None and row.due_on < timezone.localdate(),
        "decision": ReviewRow.Decision,
    }
    context["rows"] = _with_choices(context["rows"])
    return page(request, "review", context, tab="reviews")


def _rows(row: AccessReview, user: User, shown: str) -> Any:
    told = (
        "grant__role",
        "grant__user",
        "grant__group",
        "grant__collection",
        "decided_by",
        "reduced_to",
        "replacement",
    )
    rows = row.rows.select_related(*told).annotate(
        is_own=_among(own_rows(user)), gave_it=_among(rows_given_by(user))
    )
    if shown == "undecided":
        return rows.undecided()
    return rows.exclude(decision="") if shown == "decided" else rows


def _among(condition: Q) -> Any:
    """Whether a row is one of those that the condition describes, without one row becoming two."""
    return Exists(ReviewRow.objects.filter(condition, pk=OuterRef("pk")))


def _with_choices(rows: list[Any]) -> list[Any]:
    """Give each row the roles that it can be reduced to."""
    roles = list(Role.objects.all())
    lesser: dict[int, list[Role]] = {}
    for row in rows:
        role = row.grant.role
        row.lesser = lesser.setdefault(role.pk, lesser_roles(role, roles))
    return rows


@require_POST
@needs(Permission.ACCESS_REVIEW)
def decide(request: HttpRequest, review_id: int, row_id: int) -> HttpResponse:
    """Carry out the decision about one row."""
    user = signed_in(request)
    row = get_object_or_404(
        _visible(user, review_id).rows.select_related("grant__role", "grant__collection"), pk=row_id
    )
    asked = request.POST.get("decision", "")
    number = request.POST.get("role", "")
    role = Role.objects.filter(pk=int(number)).first() if is_number(number) else None
    if asked in ReviewRow.Decision.values:
        decision = ReviewRow.Decision(asked)
        _carry_out(request, row, decision, role if decision == ReviewRow.Decision.REDUCE else None)
    return _back(review_id)


def _carry_out(request: HttpRequest, row: ReviewRow, decision: ReviewRow.Decision, role: Role | None) -> None:
    reason = request.POST.get("reason", "")[:500]
    try:
        decided = decide_review_row(row, decision, actor=signed_in(request), reason=reason, role=role)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return
    if decided:
        messages.success(
            request, f"{row.grant.user or row.grant.group}: {ReviewRow.Decision(decision).label}."
        )
    else:
        messages.warning(request, _("Nothing was changed: it had been decided already."))


@require_POST
@needs(Permission.ACCESS_REVIEW)
def keep(request: HttpRequest, review_id: int) -> HttpResponse:
    """Keep the rows that are ticked, for one reason."""
    user = signed_in(request)
    row = _visible(user, review_id)
    ticked = {int(number) for number in request.POST.getlist("row") if is_number(number)}
    try:
        kept = keep_review_rows(row, ticked, actor=user, reason=request.POST.get("reason", "")[:500])
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, ngettext("%(n)d row kept.", "%(n)d rows kept.", kept) % {"n": kept})
    return _back(review_id)


@require_POST
@needs(Permission.ACCESS_REVIEW)
def close(request: HttpRequest, review_id: int) -> HttpResponse:
    """End a review whose every row is decided."""
    user = signed_in(request)
    try:
        close_review(_visible(user, review_id), actor=user)
        messages.success(request, _("The review is closed. What was seen and decided stays here."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _back(review_id)


def _visible(user: User, review_id: int) -> AccessReview:
    return get_object_or_404(reviews_seen_by(user).select_related("collection", "started_by"), pk=review_id)


def _back(review_id: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("access:review", args=[review_id]))
