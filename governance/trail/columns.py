"""Whether the columns that find an event say what its bytes say: who changes them hides it from a search."""

from django.db import connection


def _listed(column: str) -> str:
    """The elements of a text[] as RFC 8785 writes them; for a NULL among them, or lists in it, something it never writes."""
    return f"""
        CASE array_ndims({column})
            WHEN 1 THEN '"' || array_to_string({column}, '","', '"') || '"'
            ELSE coalesce(array_ndims({column})::text, '')
        END"""


# Half as dear as parsing: the bytes as they must be, with any text where no column is. For bytes in canonical form, as
# all are that record() writes, it never holds for columns that differ from them. With three braces in all, `"detail":{`
# and `},"event":` stand outside of every text and of every other object, for within a text a quote is escaped. It may
# fail for columns that agree: then the bytes are parsed.
CERTAIN = rf"""
    event.recorded_at > '2000-01-01Z'
    AND (event.event || event.outcome || event.correlation || array_to_string(event.patients, '')
         || array_to_string(event.participant_objects, '')) !~ '["%%\\]'
    AND event.payload NOT LIKE '%%{{%%{{%%{{%%{{%%'
    AND event.payload LIKE convert_to(
        '{{"action":"%%","actor":{{"id":' || coalesce(event.actor_id::text, 'null') || ',"kind":"%%"}},"address":"%%'
        || ',"collection":' || coalesce(event.collection_id::text, 'null')
        || ',"correlation":"' || replace(event.correlation, '_', '\_') || '","credential":"%%","detail":{{%%}}'
        || ',"event":"' || replace(event.event, '_', '\_') || '","id":"' || repeat('_', 32) || '"'
        || replace(',"objects":[' || {_listed("event.participant_objects")} || '],"on_behalf_of":null'
            || ',"outcome":"' || event.outcome || '","patients":[' || {_listed("event.patients")}, '_', '\_')
        || '],"purpose":"%%","recorded":"'
        || to_char(event.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","v":1}}', 'UTF8')"""
# OFFSET 0 keeps PostgreSQL from parsing the bytes anew for each comparison.
DIFFERENT = """
    (SELECT (
            event.event, event.outcome, event.correlation, event.actor_id, event.collection_id,
            to_jsonb(event.patients), to_jsonb(event.participant_objects), event.recorded_at
        ) IS DISTINCT FROM (
            told ->> 'event', told ->> 'outcome', told ->> 'correlation',
            (told -> 'actor' ->> 'id')::bigint, (told ->> 'collection')::bigint,
            told -> 'patients', told -> 'objects', (told ->> 'recorded')::timestamptz
        )
     FROM (SELECT convert_from(event.payload, 'UTF8')::jsonb AS told OFFSET 0) AS bytes)"""
_FIRST_DIFFERENT = f"""
    SELECT min(leaf.position)
    FROM governance_audit_event event
    JOIN governance_audit_leaf leaf ON leaf.event_id = event.id AND leaf.recorded_at = event.recorded_at
    WHERE leaf.position < %s AND CASE WHEN {CERTAIN} THEN false ELSE {DIFFERENT} END"""  # noqa: S608


def first_different(size: int) -> int | None:
    """The position of the first of `size` events whose columns say something else than its bytes; None of none."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_DIFFERENT, [size])
        position: int | None = cursor.fetchone()[0]
    return position
