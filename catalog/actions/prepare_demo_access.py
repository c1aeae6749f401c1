"""Make the demo's access pages lively: a role of its own, requests in each state, and a review under way."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.utils import timezone

from governance.actions.change_collection import change_collection
from governance.actions.decide_request import approve_request, deny_request
from governance.actions.keep_review_rows import keep_review_rows
from governance.actions.request_access import request_access
from governance.actions.save_role import save_role
from governance.actions.start_review import start_review
from governance.models import AccessRequest, AccessReview, Collection, LegalBasis, PrivacyClaim, Role, User
from governance.permissions import Job, Permission

REVIEW_DAYS = 14


def prepare_demo_access(people: Mapping[str, User], askable: Sequence[Collection]) -> None:
    """Have the demo's people ask for both of `askable`, decide and review once.

    Nothing happens where somebody has done so already. Where nobody has, the demo may be older than requests are, and
    its Collections are not listed for them yet.
    """
    if AccessRequest.objects.exists() or AccessReview.objects.exists():
        return
    for collection in askable:
        _list_for_requests(collection, people["admin"])
    taker = save_role(
        None,
        actor=people["admin"],
        name="Exporting researcher",
        description="Sees what exists, masked, and takes lists of it away.",
        permissions=[Permission.CATALOG_READ, Permission.CATALOG_EXPORT],
        needs_second_factor=False,
    )
    clean, legacy = askable
    _ask_for_the_legacy(legacy, people["researcher"], people["compliance"])
    _ask_for_the_clean(clean, people["researcher"], people["compliance"], taker)
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


def _list_for_requests(collection: Collection, admin: User) -> None:
    change_collection(
        collection,
        actor=admin,
        name=collection.name,
        description=collection.description,
        owner=collection.owner,
        privacy_claim=PrivacyClaim(collection.privacy_claim),
        is_listed=True,
    )


def _ask_for_the_legacy(legacy: Collection, researcher: User, officer: User) -> None:
    """One request that was denied."""
    denied = request_access(
        researcher,
        Role.objects.get(slug=Job.DATA_STEWARD),
        legacy,
        purpose="Correct the body parts of the old export.",
        legal_basis=LegalBasis.DEIDENTIFIED,
        days=180,
    )
    deny_request(
        denied, approver=officer, reason="Whether this export is de-identified is in doubt. Use the release."
    )


def _ask_for_the_clean(clean: Collection, researcher: User, officer: User, taker: Role) -> None:
    """One request that was approved, and one that waits."""
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
        Role.objects.get(slug=Job.DATA_STEWARD),
        clean,
        purpose="Train a model that finds the contrast phase: take the list of series, and follow new crawls.",
        legal_basis=LegalBasis.DEIDENTIFIED,
        reference="IRB-2026-0131",
        days=90,
    )
