"""Events of a test's own in the trail, at chosen times and from chosen places."""

from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone

from governance.actions.record import record
from governance.audit.events import Event
from governance.audit.origin import Channel, Origin, coming_from
from governance.models import AuditEvent
from tests.governance import trail


@pytest.fixture
def own_trail(db) -> None:
    """No event but a test's own: other tests commit theirs, and nothing can take them away again."""
    trail.empty()


def happened(
    event: Event = Event.OBJECT_VIEWED,
    *,
    ago: timedelta = timedelta(),
    channel: Channel = Channel.WEB,
    credential: str = "",
    correlation: str = "",
    **told: Any,
) -> AuditEvent:
    """Write one event as `record` does, and return it."""
    told.setdefault("actor", None)
    with ExitStack() as stack:
        stack.enter_context(coming_from(Origin(channel, correlation, "192.0.2.7", credential)))
        if ago:
            then = timezone.now() - ago
            stack.enter_context(patch("governance.actions.record.timezone.now", lambda: then))
        record(event, **told)
    return AuditEvent.objects.latest("id")


def newest(event: Event) -> dict[str, Any]:
    """What the newest event of a kind says."""
    return AuditEvent.objects.filter(event=event).latest("id").told
