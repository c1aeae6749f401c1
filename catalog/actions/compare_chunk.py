"""Compare a chunk's listing with what the catalogue knows, inside the database."""

from dataclasses import dataclass

from django.db import connection

from catalog.actions.reading import Candidate
from catalog.dicom import Cause
from catalog.models import Chunk, Source


@dataclass(frozen=True, slots=True)
class Comparison:
    """A chunk's files: those to read, and how many are known as they are, catalogued or quarantined."""

    candidates: list[Candidate]
    unchanged: int
    still_quarantined: int


# What a permission or a disk refused may be given today, though the file looks the same.
_PASSING = [cause.value for cause in Cause if cause.explanation.passing]

# Each file is looked up by itself (LIMIT says so), because in a first crawl, before the tables have statistics,
# a join would read all of the source's rows for every chunk.
# Size, time of change and inode: the same three mean the same content (as rsync and make take it).
_COMPARE = """
    WITH compared AS MATERIALIZED (
        SELECT listed.*,
               known.id IS NOT NULL AS known,
               (known.size, known.mtime_ns, known.inode) IS NOT DISTINCT FROM
                   (listed.size, listed.mtime_ns, listed.inode)
                   AND coalesce(refused.cause <> ALL (%(passing)s), true) AS unchanged,
               (refused.size, refused.mtime_ns, refused.inode) IS NOT DISTINCT FROM
                   (listed.size, listed.mtime_ns, listed.inode)
                   AND refused.cause <> ALL (%(passing)s) AS refused
        FROM catalog_chunk AS chunk
        CROSS JOIN LATERAL unnest(chunk.locators, chunk.sizes, chunk.mtimes_ns, chunk.inodes)
            AS listed (locator, size, mtime_ns, inode)
        LEFT JOIN LATERAL (
            SELECT id, size, mtime_ns, inode FROM catalog_instance
            WHERE source_id = %(source)s AND locator = listed.locator COLLATE "C" AND vanished_at IS NULL LIMIT 1
        ) AS known ON true
        LEFT JOIN LATERAL (
            SELECT size, mtime_ns, inode, cause FROM catalog_quarantine
            WHERE source_id = %(source)s AND locator = listed.locator COLLATE "C" LIMIT 1
        ) AS refused ON true
        WHERE chunk.id = %(chunk)s
    )
    SELECT locator, size, mtime_ns, inode, known FROM compared WHERE NOT unchanged AND NOT refused
    UNION ALL
    SELECT NULL, count(*) FILTER (WHERE unchanged), count(*) FILTER (WHERE refused AND NOT unchanged), 0, false
    FROM compared
"""


def compare_chunk(chunk: Chunk, source: Source) -> Comparison:
    """Find the listed files that are new or not as they were; an unchanged one costs Python nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_COMPARE, {"chunk": chunk.pk, "source": source.pk, "passing": _PASSING})
        rows = cursor.fetchall()
    _, unchanged, still_quarantined, *_ = next(row for row in reversed(rows) if row[0] is None)
    return Comparison([Candidate(*row) for row in rows if row[0] is not None], unchanged, still_quarantined)
