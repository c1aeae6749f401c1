"""One of everything that an address can be about, in one Collection; none of it is anybody's of the matrix."""

from dataclasses import dataclass, fields
from datetime import timedelta

from django.utils import timezone

from governance.models import Collection, Lens, Purpose, User
from tests.web.conftest import Shelf, shelf


@dataclass(frozen=True)
class Holding(Shelf):
    """What the catalogue holds, and what governance knows about it."""

    collection: Collection
    lens: Lens


def furnish(collection: Collection) -> Holding:
    """Put one of everything into a Collection."""
    held = shelf(collection)
    catalogued = {field.name: getattr(held, field.name) for field in fields(Shelf)}
    other = User.objects.create(username=f"somebody of {collection}", is_active=False)
    return Holding(**catalogued, collection=collection, lens=_lens(other, held, collection))


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
