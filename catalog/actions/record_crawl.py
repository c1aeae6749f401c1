"""Write what was done to a crawl into the audit trail."""

from typing import Any

from catalog.models import Crawl
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import User


def record_crawl(event: Event, crawl: Crawl, actor: User | None, **detail: Any) -> None:
    """Write one event of a crawl, which is one of its Source and Collection too."""
    things = (Thing("crawl", crawl.pk), Thing("source", crawl.source_id))
    record(event, actor=actor, collection=crawl.source.collection, things=things, detail=detail)
