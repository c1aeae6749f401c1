"""Make the demo's access pages lively: a role of its own, requests in each state, and a review under way."""

from collections.abc import Mapping
from datetime import timedelta

from django.utils import timezone

from governance.actions.decide_request import approve_request, deny_request
from governance.actions.keep_review_rows import keep_review_rows
from governance.actions.request_access import request_access
from governance.actions.save_role import save_role
from governance.actions.start_review import start_review
from governance.models import AccessRequest, AccessReview, Collection, LegalBasis, Role, User
from governance.permissions import Job, Permission

REVIEW_DAYS = 14


def prepare_demo_access(people: Mapping[str, User]) -> None:
    """Have the demo's people ask, decide and review once; nothing where somebody has done so already."""
    if AccessRequest.objects.exists() or AccessReview.objects.exists():
        return
    taker = save_role(
        None,
        actor=people["admin"],
        name="Exporting researcher",
        description="Sees what exists, masked, and takes lists of it away.",
        permissions=[Permission.CATALOG_READ, Permission.CATALOG_EXPORT],
        needs_second_factor=False,
    )
    _ask(people["researcher"], people["compliance"], taker)
    review = start_review(
        "Autumn review",
        actor=people["compliance"],
        due_on=timezone.localdate() + timedelta(days=REVIEW_DAYS),
    )
    known = review.rows.filter(grant__user__in=[people["admin"], people["auditor"]])
    keep_review_rows(
        review,
        list(known.values_list("pk", flat=True)),
        actor=people["compliance"],
        reason="In post; asked the heads of their departments.",
    )


def _ask(researcher: User, officer: User, taker: Role) -> None:
    """One request that was denied, one that was approved, and one that waits."""
    steward = Role.objects.get(slug=Job.DATA_STEWARD)
    clean, legacy = Collection.objects.filter(is_listed=True).order_by("name")[:2]
    denied = request_access(
        researcher,
        steward,
        legacy,
        purpose="Correct the body parts of the old export.",
        legal_basis=LegalBasis.DEIDENTIFIED,
        days=180,
    )
    deny_request(
        denied, approver=officer, reason="Whether this export is de-identified is in doubt. Use the release."
    )
    approved = request_access(
        researcher,
        taker,
        clean,
        purpose="Count series by contrast phase, to see whether a study is feasible.",
        legal_basis=LegalBasis.PREPARATORY,
        reference="IRB-2026-0114",
        days=30,
    )
    approve_request(approved, approver=officer)
    request_access(
        researcher,
        steward,
        clean,
        purpose="Train a model that finds the contrast phase: take the list of series, and follow new crawls.",
        legal_basis=LegalBasis.DEIDENTIFIED,
        reference="IRB-2026-0131",
        days=90,
    )
