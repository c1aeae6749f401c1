"""Compute the rows of series, studies and patients again from the Headers of the instances they still hold.

A summary is a function of what is stored and of nothing else: neither the order in which chunks were read nor
how often a worker died can change it. Where Headers of one series disagree, the least value is shown, which is
as good as any and always the same one; the disagreement itself is a matter for the quality rules.
"""

from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

SERIES_PER_STEP = 5000
# One summary at a time: two would wait for each other's studies and patients. Any number that nobody else uses.
_LOCK = 7_105_501

# From each changed row to those it is made of, by index: as many look-ups as the touched studies and patients have
# series, whatever the tables hold. Where they have no statistics yet, as in a first crawl, the planner would join whole
# tables, some thousands of times.
_BY_INDEX = (
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
)
_STAGES = """
    CREATE TEMPORARY TABLE IF NOT EXISTS stage_dirty (series_id bigint PRIMARY KEY) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS stage_study (study_id bigint PRIMARY KEY, patient_id bigint) ON COMMIT DELETE ROWS;
    TRUNCATE stage_dirty, stage_study
"""
_TAKE = """
    WITH taken AS (
        DELETE FROM catalog_dirtyseries
        WHERE series_id IN (SELECT series_id FROM catalog_dirtyseries ORDER BY series_id LIMIT %(limit)s
                            FOR UPDATE SKIP LOCKED)
        RETURNING series_id
    )
    INSERT INTO stage_dirty SELECT series_id FROM taken
"""
_SERIES_HEADERS = """
    DELETE FROM catalog_seriesheader WHERE series_id IN (SELECT series_id FROM stage_dirty);
    INSERT INTO catalog_seriesheader (series_id, header_id, instance_count, total_bytes)
    SELECT series_id, header_id, count(*), sum(size)
    FROM catalog_instance WHERE series_id IN (SELECT series_id FROM stage_dirty) AND vanished_at IS NULL
    GROUP BY series_id, header_id
"""
# What a Collection's objects say of themselves: YES when all do, MIXED when some do (PS3.3 C.7.1.1, C.7.6.1).
_IDENTITY_REMOVED = """
    CASE WHEN bool_and(header.patient_identity_removed = 'YES') THEN 'YES'
         WHEN bool_or(header.patient_identity_removed = 'YES') THEN 'MIXED'
         ELSE coalesce(min(header.patient_identity_removed), '') END
"""
# One image with burned-in annotation makes it so; no word about it is not a NO.
_BURNED_IN = """
    CASE WHEN bool_or(header.burned_in_annotation = 'YES') THEN 'YES'
         WHEN bool_and(header.burned_in_annotation = 'NO') THEN 'NO' ELSE '' END
"""


def _least(*columns: str) -> str:
    return ", ".join(f"coalesce(min(nullif(header.{column}, '')), '') AS {column}" for column in columns)


def _assign(table: str, summary: str, *columns: str) -> str:
    """Take the summary's values; where nothing is held any more, the last known ones stay."""
    return ", ".join(
        f"{column} = CASE WHEN {summary}.headers = 0 THEN {table}.{column} ELSE {summary}.{column} END"
        for column in columns
    )


_SERIES_TEXTS = (
    "modality",
    "body_part_examined",
    "laterality",
    "series_description",
    "protocol_name",
    "manufacturer",
    "manufacturer_model_name",
    "station_name",
    "device_serial_number",
    "software_versions",
    "sop_class_uid",
    "transfer_syntax_uid",
)
_SERIES_FACTS = (*_SERIES_TEXTS, "series_number", "series_date", "identity_removed", "burned_in_annotation")
# One UPDATE for facts and counts: each costs an entry in every index of the table.
_SERIES = f"""
    UPDATE catalog_series AS series
    SET instance_count = facts.instance_count, total_bytes = facts.total_bytes, changed_at = %(now)s,
        {_assign("series", "facts", *_SERIES_FACTS)}
    FROM stage_dirty CROSS JOIN LATERAL (
        SELECT count(*) AS headers, coalesce(sum(used.instance_count), 0) AS instance_count,
               coalesce(sum(used.total_bytes), 0) AS total_bytes,
               {_least(*_SERIES_TEXTS)}, min(header.series_number) AS series_number,
               min(header.series_date) AS series_date, {_IDENTITY_REMOVED} AS identity_removed,
               {_BURNED_IN} AS burned_in_annotation
        FROM catalog_seriesheader AS used JOIN catalog_header AS header ON header.id = used.header_id
        WHERE used.series_id = stage_dirty.series_id
    ) AS facts
    WHERE series.id = stage_dirty.series_id
"""  # noqa: S608 - our own column names
_TAKE_STUDIES = """
    INSERT INTO stage_study
    SELECT DISTINCT study.id, study.patient_id
    FROM stage_dirty JOIN catalog_series AS series ON series.id = stage_dirty.series_id
    JOIN catalog_study AS study ON study.id = series.study_id
"""
_STUDY_TEXTS = (
    "study_time",
    "study_description",
    "accession_number",
    "study_id",
    "referring_physician_name",
    "institution_name",
)
_STUDY_FACTS = (*_STUDY_TEXTS, "study_date", "identity_removed", "burned_in_annotation", "patient_count")
# The conflict of several patients in one study is shown by patient_count; the least key leads.
_STUDIES = f"""
    UPDATE catalog_study AS study
    SET series_count = counts.series_count, instance_count = counts.instance_count,
        total_bytes = counts.total_bytes, changed_at = %(now)s,
        modalities = coalesce(counts.modalities, study.modalities),
        body_parts = coalesce(counts.body_parts, study.body_parts),
        manufacturers = coalesce(counts.manufacturers, study.manufacturers),
        patient_id = coalesce((
            SELECT patient.id FROM catalog_patient AS patient
            WHERE patient.collection_id = study.collection_id AND patient.patient_id = facts.patient_key[1]
              AND patient.issuer_of_patient_id = facts.patient_key[2]
              AND patient.anchor = CASE WHEN facts.patient_key[1] = '' THEN study.study_instance_uid ELSE '' END
        ), study.patient_id),
        {_assign("study", "facts", *_STUDY_FACTS)}
    FROM stage_study
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE instance_count > 0) AS series_count,
               coalesce(sum(instance_count), 0) AS instance_count, coalesce(sum(total_bytes), 0) AS total_bytes,
               array_agg(DISTINCT modality ORDER BY modality) FILTER (WHERE instance_count > 0 AND modality <> '')
                   AS modalities,
               array_agg(DISTINCT body_part_examined ORDER BY body_part_examined)
                   FILTER (WHERE instance_count > 0 AND body_part_examined <> '') AS body_parts,
               array_agg(DISTINCT manufacturer ORDER BY manufacturer)
                   FILTER (WHERE instance_count > 0 AND manufacturer <> '') AS manufacturers
        FROM catalog_series WHERE catalog_series.study_id = stage_study.study_id
    ) AS counts
    CROSS JOIN LATERAL (
        SELECT count(*) AS headers, {_least(*_STUDY_TEXTS)}, min(header.study_date) AS study_date,
               {_IDENTITY_REMOVED} AS identity_removed, {_BURNED_IN} AS burned_in_annotation,
               count(DISTINCT (header.patient_id, header.issuer_of_patient_id)) AS patient_count,
               min(ARRAY[header.patient_id, header.issuer_of_patient_id]) AS patient_key
        FROM catalog_series AS series
        JOIN catalog_seriesheader AS used ON used.series_id = series.id
        JOIN catalog_header AS header ON header.id = used.header_id
        WHERE series.study_id = stage_study.study_id
    ) AS facts
    WHERE study.id = stage_study.study_id
"""  # noqa: S608 - our own column names
_PATIENTS = f"""
    WITH touched AS (
        SELECT patient_id AS id FROM stage_study
        UNION SELECT study.patient_id FROM catalog_study AS study JOIN stage_study ON stage_study.study_id = study.id
    ), changed AS (
        UPDATE catalog_patient AS patient
        SET study_count = counts.study_count, instance_count = counts.instance_count,
            first_study_date = counts.first_study_date, last_study_date = counts.last_study_date,
            {_assign("patient", "named", "patient_name", "patient_sex", "patient_birth_date")}
        FROM touched JOIN catalog_patient AS own ON own.id = touched.id
        CROSS JOIN LATERAL (
            SELECT count(*) AS study_count, coalesce(sum(study.instance_count), 0) AS instance_count,
                   min(study.study_date) AS first_study_date, max(study.study_date) AS last_study_date
            FROM catalog_study AS study WHERE study.patient_id = touched.id AND study.instance_count > 0
        ) AS counts
        CROSS JOIN LATERAL (
            SELECT count(*) AS headers, {_least("patient_name", "patient_sex")},
                   min(header.patient_birth_date) AS patient_birth_date
            FROM catalog_study AS study JOIN catalog_series AS series ON series.study_id = study.id
            JOIN catalog_seriesheader AS used ON used.series_id = series.id
            JOIN catalog_header AS header ON header.id = used.header_id
            WHERE study.patient_id = touched.id
              AND header.patient_id = own.patient_id AND header.issuer_of_patient_id = own.issuer_of_patient_id
        ) AS named
        WHERE patient.id = touched.id
        RETURNING patient.id
    )
    INSERT INTO catalog_indexchange (entity, entity_id, at) SELECT 'patient', id, %(now)s FROM changed ORDER BY id
"""  # noqa: S608 - our own column names
_ANNOUNCE = """
    INSERT INTO catalog_indexchange (entity, entity_id, at) SELECT 'study', study_id, %(now)s FROM stage_study ORDER BY study_id;
    INSERT INTO catalog_indexchange (entity, entity_id, at) SELECT 'series', series_id, %(now)s FROM stage_dirty ORDER BY series_id;
    INSERT INTO catalog_subjectchange (subject, subject_id, at)
    SELECT 'series', series_id, %(now)s FROM stage_dirty ORDER BY series_id
"""
_STEPS = (_SERIES_HEADERS, _SERIES, _TAKE_STUDIES, _STUDIES, _PATIENTS, _ANNOUNCE)


# Its rows are read and carried away, to a search index for one: a crawl's commits need not wait for the disk, this one
# does, and with it all before it. A number that was given away must not be given to another row after a crash.
_DURABLY = "SET LOCAL synchronous_commit TO DEFAULT"


def summarise_dirty(after_each: Callable[[], None] = lambda: None) -> None:
    """Summarise every series that has changed, a few thousand in each transaction."""
    while summarise_some():
        after_each()


@transaction.atomic
def summarise_some(*, wait: bool = True) -> int:
    """Summarise up to SERIES_PER_STEP series with their studies and patients; returns how many series.

    Only one worker summarises at a time; without `wait` the others leave it to that one, and return 0.
    """
    parameters: dict[str, Any] = {"limit": SERIES_PER_STEP, "now": timezone.now()}
    with connection.cursor() as cursor:
        if not _our_turn(cursor, wait=wait):
            return 0
        cursor.execute(_STAGES)
        cursor.execute(_TAKE, parameters)
        taken = cursor.rowcount
        if taken:
            cursor.execute(_DURABLY)
            cursor.execute(_BY_INDEX)
            for step in _STEPS:
                cursor.execute(step, parameters)
    return int(taken)


def _our_turn(cursor: Any, *, wait: bool) -> bool:
    if wait:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        return True
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
    return bool(cursor.fetchone()[0])
