"""Make the demo's people, collections and sources."""

from pathlib import Path
from typing import Any

from django.db import transaction

from catalog.actions.prepare_demo_access import prepare_demo_access
from catalog.models import Source
from catalog.synthesis.archive import COLLECTIONS
from governance.actions.give_grant import give_grant
from governance.models import Collection, User
from governance.personas import DEMO_PASSWORD, PERSONAS, RESEARCH_CLAIMS, Persona


@transaction.atomic
def prepare_demo(archive: Path) -> list[Source]:
    """Make what is missing of the demo, and return its sources. Their folders may not be there yet."""
    people = {persona.username: _person(persona) for persona in PERSONAS}
    sources = [source for row in COLLECTIONS for source in _collection(row, archive, people["steward"])]
    for persona in PERSONAS:
        if persona.sees is None:
            give_grant(people[persona.username], persona.role)
            continue
        for collection in Collection.objects.filter(privacy_claim__in=persona.sees):
            give_grant(people[persona.username], persona.role, collection)
    named = [row["name"] for row in COLLECTIONS if row["privacy_claim"] in RESEARCH_CLAIMS]
    prepare_demo_access(people, list(Collection.objects.filter(name__in=named).order_by("name")))
    return sources


def _person(persona: Persona) -> User:
    user, is_new = User.objects.get_or_create(
        username=persona.username,
        defaults={
            "first_name": persona.first_name,
            "last_name": persona.last_name,
            "job": persona.comes_as,
        },
    )
    if is_new:
        user.set_password(DEMO_PASSWORD)
        user.save(update_fields=["password"])
    return user


def _collection(row: dict[str, Any], archive: Path, owner: User) -> list[Source]:
    collection, _ = Collection.objects.get_or_create(
        name=row["name"],
        defaults={
            "privacy_claim": row["privacy_claim"],
            "description": row.get("description", ""),
            "owner": owner,
            "is_listed": row["privacy_claim"] in RESEARCH_CLAIMS,
        },
    )
    return [_source(collection, place["name"], archive / place["path"]) for place in row["sources"]]


def _source(collection: Collection, name: str, folder: Path) -> Source:
    source, _ = Source.objects.get_or_create(
        kind=Source.Kind.FOLDER,
        location=str(folder.resolve()),
        defaults={"collection": collection, "name": name},
    )
    return source
