"""Write down what somebody was shown: one event for what was masked, one for what was not."""

from collections.abc import Sequence

from django.contrib.auth.models import AnonymousUser

from catalog.sight import Seen, Sight
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import Collection, User


def record_sight(sight: Sight) -> None:
    """Record the rows that a request was shown: an object's page as that object, a list with the ids of its rows.

    What was revealed is an event of its own, with the lens and its purpose (45 CFR 164.312(b)).
    """
    revealed = [seen for seen in sight.seen.values() if seen.revealed]
    masked = [seen for seen in sight.seen.values() if not seen.revealed]
    if revealed and sight.lens is not None:
        _record(Event.PHI_VIEWED, sight, revealed, Thing("lens", sight.lens.pk), purpose=sight.lens.purpose)
    if masked:
        event = Event.STUDIES_LISTED if sight.subject is None else Event.OBJECT_VIEWED
        _record(event, sight, masked)


def _record(event: Event, sight: Sight, shown: Sequence[Seen], *things: Thing, purpose: str = "") -> None:
    collections = sorted({seen.collection_id for seen in shown})
    only = Collection(pk=collections[0]) if len(collections) == 1 else None
    several = () if only else tuple(Thing("collection", pk) for pk in collections)
    record(
        event,
        actor=sight.user if isinstance(sight.user, User | AnonymousUser) else None,
        collection=only,
        things=(*things, *(seen.thing for seen in shown), *several),
        patients=tuple(dict.fromkeys(seen.patient for seen in shown if seen.patient)),
        purpose=purpose,
        detail={"asked": list(sight.asked)} if sight.asked else {},
    )
