"""Note on each grant when it was last used, from what the audit trail says that people did."""

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from governance.audit.events import Outcome
from governance.models import Grant
from governance.uses import EVENT_USES

# A transaction that was open for so long when its event was dated has ended since.
OVERLAP = timedelta(hours=1)

# What an event is about stands in its Collection, or in its objects where there were several; one that names none was
# about everything that the person may see. A grant was used only while it was in force.
_NOTE = """
    WITH uses AS (SELECT * FROM unnest(%(events)s::text[], %(permissions)s::text[]) AS u(event, permission)),
    used AS (
        SELECT e.actor_id, u.permission, place.collection_id, max(e.recorded_at) AS at
        FROM governance_audit_event e
        JOIN uses u ON u.event = e.event
        CROSS JOIN LATERAL (
            SELECT substr(each, 12)::bigint AS collection_id FROM unnest(e.participant_objects) AS each
            WHERE each ~ '^collection:[0-9]{1,18}$'
            UNION
            SELECT e.collection_id WHERE e.collection_id IS NOT NULL
               OR NOT EXISTS (SELECT FROM unnest(e.participant_objects) AS each WHERE each ~ '^collection:')
        ) AS place
        WHERE (%(since)s::timestamptz IS NULL OR e.recorded_at >= %(since)s)
          AND e.actor_id IS NOT NULL AND e.outcome = %(success)s
        GROUP BY 1, 2, 3),
    noted AS (
        SELECT g.id, max(used.at) AS at
        FROM used
        JOIN governance_grant g
            ON (g.user_id = used.actor_id
                OR g.group_id IN (SELECT group_id FROM governance_user_groups WHERE user_id = used.actor_id))
           AND (g.collection_id IS NULL OR used.collection_id IS NULL OR g.collection_id = used.collection_id)
           AND g.starts_at <= used.at
           AND (g.expires_at IS NULL OR g.expires_at > used.at) AND (g.revoked_at IS NULL OR g.revoked_at > used.at)
        JOIN governance_role r ON r.id = g.role_id AND used.permission = ANY(r.permissions)
        GROUP BY g.id)
    UPDATE governance_grant g SET last_used_at = noted.at FROM noted
    WHERE noted.id = g.id AND (g.last_used_at IS NULL OR g.last_used_at < noted.at)"""


@transaction.atomic
def note_use() -> int:
    """Bring `last_used_at` of every grant up to date, and return of how many it changed.

    Only what was recorded since the latest use that is noted, less an hour, is read. Running it twice changes nothing.
    """
    latest = Grant.objects.aggregate(at=Max("last_used_at"))["at"]
    asked: dict[str, Any] = {
        "events": [event.value for event in EVENT_USES],
        "permissions": [permission.value for permission in EVENT_USES.values()],
        "since": latest - OVERLAP if latest else None,
        "success": Outcome.SUCCESS.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, asked)
        return int(cursor.rowcount)
