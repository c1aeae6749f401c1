"""Store a chunk's outcome: rows, counts and announcements in one transaction, set by set."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from catalog.actions.compare_chunk import Comparison
from catalog.actions.reading import Candidate, Failure, Reading
from catalog.actions.stage_objects import stage
from catalog.models import Chunk, Crawl

# Every INSERT goes in the order of its key, so that two workers with rows in common wait in turn and never
# for each other.
_ANNOUNCE_HEADERS = """
    INSERT INTO catalog_subjectchange (subject, subject_id, crawl_id, at)
    SELECT 'header', id, %(crawl)s, %(now)s FROM catalog_header WHERE digest = ANY(%(new)s)
"""
_NEW_PATIENTS = """
    INSERT INTO catalog_patient (collection_id, patient_id, issuer_of_patient_id, anchor, first_seen_at)
    SELECT DISTINCT %(collection)s::bigint, patient_id, issuer_of_patient_id,
           CASE WHEN patient_id = '' THEN study_instance_uid ELSE '' END AS anchor, %(now)s::timestamptz
    FROM catalog_header WHERE digest = ANY(%(digests)s)
    ORDER BY patient_id, issuer_of_patient_id, anchor
    ON CONFLICT (collection_id, patient_id, issuer_of_patient_id, anchor) DO NOTHING
"""
_NEW_STUDIES = """
    INSERT INTO catalog_study
        (collection_id, patient_id, study_instance_uid, modalities, body_parts, manufacturers, first_seen_at, changed_at)
    SELECT DISTINCT ON (header.study_instance_uid)
           %(collection)s::bigint, patient.id, header.study_instance_uid, '{}'::text[], '{}'::text[], '{}'::text[],
           %(now)s::timestamptz, %(now)s::timestamptz
    FROM catalog_header AS header
    JOIN catalog_patient AS patient
      ON patient.collection_id = %(collection)s AND patient.patient_id = header.patient_id
     AND patient.issuer_of_patient_id = header.issuer_of_patient_id
     AND patient.anchor = CASE WHEN header.patient_id = '' THEN header.study_instance_uid ELSE '' END
    WHERE header.digest = ANY(%(digests)s)
    ORDER BY header.study_instance_uid
    ON CONFLICT (collection_id, study_instance_uid) DO NOTHING
"""
_NEW_SERIES = """
    INSERT INTO catalog_series (collection_id, study_id, series_instance_uid, first_seen_at, changed_at)
    SELECT DISTINCT %(collection)s::bigint, study.id, header.series_instance_uid, %(now)s::timestamptz, %(now)s::timestamptz
    FROM catalog_header AS header
    JOIN catalog_study AS study
      ON study.collection_id = %(collection)s AND study.study_instance_uid = header.study_instance_uid
    WHERE header.digest = ANY(%(digests)s)
    ORDER BY study.id, header.series_instance_uid
    ON CONFLICT (study_id, series_instance_uid) DO NOTHING
"""
_PLACES = """
    SELECT header.digest, header.id AS header_id, series.id AS series_id
    FROM catalog_header AS header
    JOIN catalog_study AS study
      ON study.collection_id = %(collection)s AND study.study_instance_uid = header.study_instance_uid
    JOIN catalog_series AS series
      ON series.study_id = study.id AND series.series_instance_uid = header.series_instance_uid
    WHERE header.digest = ANY(%(digests)s)
"""
_MERGE_INSTANCES = f"""
    WITH place AS MATERIALIZED ({_PLACES})
    INSERT INTO catalog_instance AS instance
        (source_id, locator, size, mtime_ns, inode, series_id, header_id, sop_instance_uid, instance_number, varying,
         content_hash, pixel_offset, after_pixels, revision, first_seen_at, crawl_id)
    SELECT %(source)s, object.locator, object.size, object.mtime_ns, object.inode, place.series_id, place.header_id,
           object.sop_instance_uid, object.instance_number, object.varying, object.content_hash, object.pixel_offset,
           object.after_pixels, 1, %(now)s, %(crawl)s
    FROM stage_object AS object JOIN place USING (digest)
    ON CONFLICT (source_id, locator) DO UPDATE SET
        size = excluded.size, mtime_ns = excluded.mtime_ns, inode = excluded.inode,
        series_id = excluded.series_id, header_id = excluded.header_id,
        sop_instance_uid = excluded.sop_instance_uid, instance_number = excluded.instance_number,
        varying = excluded.varying, content_hash = excluded.content_hash,
        pixel_offset = excluded.pixel_offset, after_pixels = excluded.after_pixels,
        revision = instance.revision + CASE WHEN instance.content_hash = excluded.content_hash THEN 0 ELSE 1 END,
        changed_at = excluded.first_seen_at, vanished_at = NULL, crawl_id = excluded.crawl_id
"""  # noqa: S608 - our own text
# The series that a chunk changes in one way or another are collected, and marked all at once.
_STAGE_CHANGED = """
    CREATE TEMPORARY TABLE IF NOT EXISTS stage_changed (series_id bigint) ON COMMIT DELETE ROWS;
    TRUNCATE stage_changed
"""
_CHANGED_PLACES = f"""
    INSERT INTO stage_changed SELECT DISTINCT series_id FROM ({_PLACES}) AS place
"""  # noqa: S608 - our own text
# Before a file's row moves to another series: the series that it leaves must be counted again.
_CHANGED_KNOWN = """
    INSERT INTO stage_changed
    SELECT DISTINCT series_id FROM catalog_instance WHERE source_id = %(source)s AND locator = ANY(%(known)s)
"""
# The row is written even when it is there: a summary that is about to take it must wait for our rows or leave it.
_MARK_CHANGED = """
    INSERT INTO catalog_dirtyseries (series_id)
    SELECT DISTINCT series_id FROM stage_changed ORDER BY series_id
    ON CONFLICT (series_id) DO UPDATE SET series_id = excluded.series_id
"""
_VANISH_LISTED = """
    UPDATE catalog_instance SET vanished_at = %(now)s, crawl_id = %(crawl)s
    WHERE source_id = %(source)s AND locator = ANY(%(locators)s) AND vanished_at IS NULL
"""
_NOT_LISTED = """
    source_id = %(source)s AND locator > %(after)s AND (%(upto)s::text IS NULL OR locator <= %(upto)s)
    AND NOT EXISTS (SELECT FROM unnest(%(unreachable)s::text[]) AS hidden WHERE starts_with(locator, hidden))
    AND locator NOT IN (SELECT unnest(locators) COLLATE "C" FROM catalog_chunk WHERE id = %(chunk)s)
"""
_VANISH_UNLISTED = f"""
    WITH vanished AS (
        UPDATE catalog_instance SET vanished_at = %(now)s, crawl_id = %(crawl)s
        WHERE {_NOT_LISTED} AND vanished_at IS NULL
        RETURNING series_id, locator
    ), changed AS (
        INSERT INTO stage_changed SELECT DISTINCT series_id FROM vanished
    ), released AS (
        DELETE FROM catalog_quarantine WHERE {_NOT_LISTED} RETURNING locator
    )
    SELECT count(*) FROM (SELECT locator FROM vanished UNION SELECT locator FROM released) AS gone
"""  # noqa: S608 - our own text
_RELEASE = """
    DELETE FROM catalog_quarantine
    WHERE source_id = %(source)s AND locator = ANY(%(locators)s)
"""
_QUARANTINE = """
    INSERT INTO catalog_quarantine AS refused
        (source_id, locator, size, mtime_ns, inode, cause, detail, attempts, first_seen_at, last_tried_at, crawl_id)
    SELECT %(source)s, locator, size, mtime_ns, inode, cause, detail, 1, %(now)s, %(now)s, %(crawl)s
    FROM unnest(%(locators)s::text[], %(sizes)s::bigint[], %(mtimes)s::bigint[], %(inodes)s::bigint[],
                %(causes)s::text[], %(details)s::text[]) AS failed (locator, size, mtime_ns, inode, cause, detail)
    ON CONFLICT (source_id, locator) DO UPDATE SET
        size = excluded.size, mtime_ns = excluded.mtime_ns, inode = excluded.inode, cause = excluded.cause,
        detail = excluded.detail, attempts = refused.attempts + 1, last_tried_at = excluded.last_tried_at,
        crawl_id = excluded.crawl_id
"""


@transaction.atomic
def store_chunk(crawl: Crawl, chunk: Chunk, comparison: Comparison, reading: Reading) -> None:
    """Store what was read in a chunk, with its counts; does nothing when another worker has taken it over."""
    if not _still_ours(chunk):
        return
    store = _Store(crawl, chunk)
    catalogued = store.objects(reading)
    quarantined = store.failures(reading.failures) + comparison.still_quarantined
    vanished = store.vanished_meanwhile(reading.vanished)
    gone = store.unlisted() if chunk.has_range else 0
    store.mark_changed()
    _hand_on(chunk, reading)
    Chunk.objects.filter(id=chunk.pk).update(
        state=Chunk.State.DONE,
        lease_until=None,
        finished_at=store.now,
        gone=gone,
        deferred=len(reading.deferred) + sum(map(len, reading.postponed)),
        catalogued=catalogued,
        unchanged=comparison.unchanged,
        quarantined=quarantined,
        vanished=vanished + gone,
        changed=sum(entry.file.known for entry in reading.objects),
        catalogued_bytes=sum(entry.file.size for entry in reading.objects),
    )


def _still_ours(chunk: Chunk) -> bool:
    """Hold the chunk's row to the end, unless its lease ran out and somebody else has it."""
    ours = Chunk.objects.filter(id=chunk.pk, attempt=chunk.attempt, state=Chunk.State.RUNNING)
    return ours.select_for_update().values_list("id", flat=True).first() is not None


class _Store:
    """The statements of one chunk, with the parameters that they share."""

    def __init__(self, crawl: Crawl, chunk: Chunk) -> None:
        self.now: datetime = timezone.now()
        self._chunk = chunk
        self._shared: dict[str, Any] = {
            "now": self.now,
            "crawl": crawl.pk,
            "chunk": chunk.pk,
            "source": crawl.source_id,
            "collection": crawl.source.collection_id,
        }
        self._run(_STAGE_CHANGED)

    def objects(self, reading: Reading) -> int:
        """Merge the objects read; returns how many rows the database wrote."""
        if not reading.objects:
            return 0
        staged = stage(reading)
        known = [entry.file.locator for entry in reading.objects if entry.file.known]
        if known:
            self._run(_CHANGED_KNOWN, known=known)
        self._run(_ANNOUNCE_HEADERS, new=staged.new)
        for statement in (_NEW_PATIENTS, _NEW_STUDIES, _NEW_SERIES):
            self._run(statement, digests=staged.digests)
        merged = self._run(_MERGE_INSTANCES, digests=staged.digests)
        self._run(_CHANGED_PLACES, digests=staged.digests)
        self._run(_RELEASE, locators=[entry.file.locator for entry in reading.objects])
        return merged

    def failures(self, failures: list[Failure]) -> int:
        """Quarantine what could not be read; what the catalogue knew at that place is no longer there.

        But for what a disk or a permission refused today: that is there, and stays in the catalogue as it was.
        """
        if not failures:
            return 0
        files = [failure.file for failure in failures]
        self._vanish(
            [each.file for each in failures if each.file.known and not each.cause.explanation.passing]
        )
        return self._run(
            _QUARANTINE,
            locators=[file.locator for file in files],
            sizes=[file.size for file in files],
            mtimes=[file.mtime_ns for file in files],
            inodes=[file.inode for file in files],
            causes=[failure.cause.value for failure in failures],
            details=[failure.detail for failure in failures],
        )

    def vanished_meanwhile(self, files: list[Candidate]) -> int:
        """Mark files that were listed and then gone; a file that was never known has vanished all the same."""
        if files:
            self._vanish([file for file in files if file.known])
            self._run(_RELEASE, locators=[file.locator for file in files])
        return len(files)

    def unlisted(self) -> int:
        """Mark what is known in the chunk's range and was not met by the walk; returns how many."""
        chunk = self._chunk
        with connection.cursor() as cursor:
            cursor.execute(
                _VANISH_UNLISTED,
                {**self._shared, "after": chunk.after, "upto": chunk.upto, "unreachable": chunk.unreachable},
            )
            return int(cursor.fetchone()[0])

    def mark_changed(self) -> None:
        """Have every series that the chunk changed summarised again."""
        self._run(_MARK_CHANGED)

    def _vanish(self, files: list[Candidate]) -> None:
        locators = [file.locator for file in files]
        if locators:
            self._run(_CHANGED_KNOWN, known=locators)
            self._run(_VANISH_LISTED, locators=locators)

    def _run(self, statement: str, **parameters: Any) -> int:
        with connection.cursor() as cursor:
            cursor.execute(statement, {**self._shared, **parameters})
            return int(cursor.rowcount)


def _hand_on(chunk: Chunk, reading: Reading) -> None:
    """Make chunks of the files that this one leaves: at once those too many, after a pause those being written."""
    # Ordinals below zero, four for each chunk, can be given by several workers at once.
    ordinal = -4 * chunk.pk
    for files in reading.postponed:
        _new_chunk(chunk, files, ordinal=ordinal, round_=chunk.round)
        ordinal -= 1
    if reading.deferred:
        pause = timedelta(seconds=settings.QUIET_SECONDS * 2**chunk.round)
        _new_chunk(
            chunk,
            reading.deferred,
            ordinal=ordinal,
            round_=chunk.round + 1,
            not_before=timezone.now() + pause,
        )


def _new_chunk(
    chunk: Chunk, files: list[Candidate], *, ordinal: int, round_: int, not_before: datetime | None = None
) -> None:
    Chunk.objects.create(
        crawl_id=chunk.crawl_id,
        ordinal=ordinal,
        has_range=False,
        locators=[file.locator for file in files],
        # These differ from whatever the catalogue knows, so the files will be read.
        sizes=[-1] * len(files),
        mtimes_ns=[0] * len(files),
        inodes=[0] * len(files),
        listed=len(files),
        round=round_,
        not_before=not_before,
    )
