"""One of everything that an address can be about, in one Collection; none of it is anybody's of the matrix."""

from dataclasses import dataclass, fields
from datetime import timedelta

from django.contrib.auth.models import Group
from django.utils import timezone

from governance.actions.give_grant import give_grant
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import (
    AccessRequest,
    AccessReview,
    ApiToken,
    AuditEvent,
    BreakGlass,
    Collection,
    Grant,
    Lens,
    Purpose,
    ReviewRow,
    Role,
    User,
)
from governance.models.access import LegalBasis
from governance.models.invitations import Invitation
from governance.permissions import Job
from tests.web.conftest import Shelf, shelf


@dataclass(frozen=True)
class Oversight:
    """What governance knows about a Collection and those who use it."""

    somebody: User
    service: User
    token: ApiToken
    invitation: Invitation
    lens: Lens
    grant: Grant
    group: Group
    request: AccessRequest
    review: AccessReview
    row: ReviewRow
    glass: BreakGlass
    event: AuditEvent


@dataclass(frozen=True)
class Holding(Shelf):
    """What the catalogue holds, and what governance knows."""

    collection: Collection
    oversight: Oversight


def furnish(collection: Collection, known: Oversight | None = None) -> Holding:
    """Put one of everything into a Collection; accounts and groups are of the installation, and may be `known` ones."""
    held = shelf(collection)
    catalogued = {field.name: getattr(held, field.name) for field in fields(Shelf)}
    return Holding(**catalogued, collection=collection, oversight=_overseen(held, collection, known))


def _overseen(held: Shelf, collection: Collection, known: Oversight | None) -> Oversight:
    name, later = collection.name.lower().replace(" ", "-"), timezone.now() + timedelta(days=7)
    somebody, service, group = (
        (known.somebody, known.service, known.group) if known else _accounts(collection.name.lower())
    )
    group.user_set.add(somebody)
    grant = give_grant(somebody, Job.RESEARCHER, collection)
    give_grant(group, Job.RESEARCHER, collection)
    review = AccessReview.objects.create(
        name=f"Review of {name}", collection=collection, due_on=later.date(), started_by=somebody
    )
    return Oversight(
        somebody=somebody,
        service=service,
        token=ApiToken.objects.create(user=service, name="nightly", digest=name, expires_at=later),
        invitation=Invitation.objects.create(digest=name, collection=collection),
        lens=_lens(somebody, held, collection),
        grant=grant,
        group=group,
        request=_request(somebody, collection),
        review=review,
        row=ReviewRow.objects.create(review=review, grant=grant),
        glass=BreakGlass.objects.create(user=somebody, reason="A test.", expires_at=later),
        event=_event(somebody, held, collection),
    )


def _accounts(name: str) -> tuple[User, User, Group]:
    somebody = User.objects.create(username=f"somebody-of-{name}")
    service = User.objects.create(username=f"service-of-{name}", kind=User.Kind.SERVICE, answerable=somebody)
    return somebody, service, Group.objects.create(name=f"Readers of {name}")


def _lens(user: User, held: Shelf, collection: Collection) -> Lens:
    return Lens.objects.create(
        user=user,
        credential="session:another",
        purpose=Purpose.INCIDENT,
        scope=Lens.Scope.STUDY,
        scope_id=held.study.pk,
        collection=collection,
        closes_at=timezone.now() + timedelta(minutes=5),
    )


def _request(user: User, collection: Collection) -> AccessRequest:
    return AccessRequest.objects.create(
        requester=user,
        role=Role.objects.get(slug=Job.DATA_STEWARD.value),
        collection=collection,
        purpose="A trial.",
        legal_basis=LegalBasis.OPERATIONS,
        days=30,
    )


def _event(user: User, held: Shelf, collection: Collection) -> AuditEvent:
    things = (Thing("study", held.study.code),)
    record(Event.OBJECT_VIEWED, actor=user, collection=collection, things=things)
    return AuditEvent.objects.latest("id")
