"""What a catalogue says, as one value: the same for two catalogues that hold the same, whatever their row numbers."""

import hashlib
from collections.abc import Iterator
from typing import Any, Protocol

_QUESTIONS = (
    # Every stored object, its place, its content and its whole header.
    """SELECT instance.locator, instance.size, instance.mtime_ns, instance.sop_instance_uid, instance.instance_number,
              encode(instance.content_hash, 'hex'), instance.pixel_offset, instance.after_pixels, instance.revision,
              instance.vanished_at IS NULL, instance.varying::text, header.content::text, header.varying::text,
              series.series_instance_uid, study.study_instance_uid
       FROM catalog_instance AS instance
       JOIN catalog_header AS header ON header.id = instance.header_id
       JOIN catalog_series AS series ON series.id = instance.series_id
       JOIN catalog_study AS study ON study.id = series.study_id
       ORDER BY instance.locator""",
    """SELECT study.study_instance_uid, patient.patient_id, study_date, study_description, modalities, body_parts,
              manufacturers, series_count, study.instance_count, total_bytes, patient_count, identity_removed,
              burned_in_annotation, institution_name
       FROM catalog_study AS study JOIN catalog_patient AS patient ON patient.id = study.patient_id
       ORDER BY study_instance_uid""",
    """SELECT series_instance_uid, series_number, modality, body_part_examined, series_description, manufacturer,
              instance_count, total_bytes, sop_class_uid, transfer_syntax_uid
       FROM catalog_series ORDER BY series_instance_uid""",
    """SELECT patient_id, issuer_of_patient_id, anchor, patient_name, patient_birth_date, patient_sex, study_count,
              instance_count, first_study_date, last_study_date
       FROM catalog_patient ORDER BY patient_id, issuer_of_patient_id, anchor""",
    "SELECT locator, size, cause, detail FROM catalog_quarantine ORDER BY locator",
    """SELECT study.study_instance_uid, series.series_instance_uid, encode(header.digest, 'hex'), used.instance_count
       FROM catalog_seriesheader AS used JOIN catalog_series AS series ON series.id = used.series_id
       JOIN catalog_study AS study ON study.id = series.study_id
       JOIN catalog_header AS header ON header.id = used.header_id ORDER BY 1, 2, 3""",
)


class Cursor(Protocol):
    """Django's or psycopg's."""

    def execute(self, question: str, /) -> object: ...
    def fetchall(self) -> list[Any]: ...


def fingerprint(cursor: Cursor) -> str:
    """SHA-256 over everything that a crawl decides."""
    digest = hashlib.sha256()
    for row in _rows(cursor):
        digest.update(repr(row).encode())
    return digest.hexdigest()


def _rows(cursor: Cursor) -> Iterator[tuple[Any, ...]]:
    for question in _QUESTIONS:
        cursor.execute(question)
        yield from cursor.fetchall()
