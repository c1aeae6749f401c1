"""Write down what somebody was shown: one event for what was masked, one for what was not."""

from collections.abc import Iterator, Sequence

from catalog.sight import Seen, Sight
from governance.actions.record import Deed, Thing, record_many
from governance.audit.events import Event
from governance.models import Collection


def record_sight(sight: Sight) -> None:
    """Record the rows that a request was shown: an object's page as that object, a list with the ids of its rows.

    What was revealed is an event of its own, with the lens and its purpose (45 CFR 164.312(b)).
    """
    revealed = [seen for seen in sight.seen.values() if seen.revealed]
    masked = [seen for seen in sight.seen.values() if not seen.revealed]
    deeds: list[Deed] = []
    if revealed and sight.lens is not None:
        lens = Thing("lens", sight.lens.pk)
        deeds += _deeds(Event.PHI_VIEWED, sight, revealed, lens, purpose=sight.lens.purpose)
    if masked:
        event = Event.STUDIES_LISTED if sight.subject is None else Event.OBJECT_VIEWED
        deeds += _deeds(event, sight, masked)
    record_many(deeds)


def _deeds(
    event: Event, sight: Sight, shown: Sequence[Seen], *things: Thing, purpose: str = ""
) -> Iterator[Deed]:
    """Yield one deed for each Collection: whoever audits one of them finds what was seen of it, and no more."""
    for collection_id in sorted({seen.collection_id for seen in shown}):
        there = [seen for seen in shown if seen.collection_id == collection_id]
        yield Deed(
            event=event,
            actor=sight.user,
            collection=Collection(pk=collection_id),
            things=(*things, *(seen.thing for seen in there)),
            patients=tuple(dict.fromkeys(seen.patient for seen in there if seen.patient)),
            purpose=purpose,
            detail={"asked": list(sight.asked)} if sight.asked else {},
        )
