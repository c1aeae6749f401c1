"""The one table of the catalogue's identifying columns, from which masking, search and the API all take it."""

from enum import StrEnum


class Kind(StrEnum):
    """What a value says about a person, and so how much of it may be shown (catalog.masking.masker)."""

    PERSON_NAME = "person_name"
    IDENTIFIER = "identifier"
    TRAIT = "trait"
    UID = "uid"
    DATE = "date"
    BIRTH_DATE = "birth_date"
    TIME = "time"
    AGE = "age"
    FREE_TEXT = "free_text"
    TERM = "term"
    MODALITY = "modality"
    NUMBER = "number"
    INSTITUTION = "institution"
    DEVICE = "device"
    PRODUCT = "product"
    PATH = "path"
    # A whole header or part of one; only catalog.masking.header reads it.
    HEADER = "header"


_STUDY_COLUMNS = {
    "study_instance_uid": Kind.UID,
    "study_date": Kind.DATE,
    "study_time": Kind.TIME,
    "study_description": Kind.FREE_TEXT,
    "accession_number": Kind.IDENTIFIER,
    "study_id": Kind.IDENTIFIER,
    "referring_physician_name": Kind.PERSON_NAME,
    "institution_name": Kind.INSTITUTION,
}
_SERIES_COLUMNS = {
    "series_instance_uid": Kind.UID,
    "series_number": Kind.NUMBER,
    "series_date": Kind.DATE,
    "modality": Kind.MODALITY,
    "body_part_examined": Kind.TERM,
    "laterality": Kind.TERM,
    "series_description": Kind.FREE_TEXT,
    "protocol_name": Kind.FREE_TEXT,
    "manufacturer": Kind.PRODUCT,
    "manufacturer_model_name": Kind.PRODUCT,
    "station_name": Kind.DEVICE,
    "device_serial_number": Kind.DEVICE,
    "software_versions": Kind.PRODUCT,
    "sop_class_uid": Kind.UID,
    "transfer_syntax_uid": Kind.UID,
    "burned_in_annotation": Kind.TERM,
}
_PATIENT_COLUMNS = {
    "patient_id": Kind.IDENTIFIER,
    "issuer_of_patient_id": Kind.IDENTIFIER,
    "patient_name": Kind.PERSON_NAME,
    "patient_birth_date": Kind.BIRTH_DATE,
    "patient_sex": Kind.TRAIT,
}

# Every column of text, dates or UIDs is here or in UNIDENTIFYING; tests/catalog/masking holds the models to it.
IDENTIFYING: dict[str, dict[str, Kind]] = {
    "Patient": {
        **_PATIENT_COLUMNS,
        "anchor": Kind.UID,
        "first_study_date": Kind.DATE,
        "last_study_date": Kind.DATE,
    },
    "Study": {
        **_STUDY_COLUMNS,
        "modalities": Kind.MODALITY,
        "body_parts": Kind.TERM,
        "manufacturers": Kind.PRODUCT,
        "identity_removed": Kind.TERM,
        "burned_in_annotation": Kind.TERM,
    },
    "Series": {**_SERIES_COLUMNS, "identity_removed": Kind.TERM},
    "Header": {
        **_PATIENT_COLUMNS,
        **_STUDY_COLUMNS,
        **_SERIES_COLUMNS,
        "content": Kind.HEADER,
        "photometric_interpretation": Kind.TERM,
        "patient_identity_removed": Kind.TERM,
    },
    "Instance": {
        "locator": Kind.PATH,
        "sop_instance_uid": Kind.UID,
        "instance_number": Kind.NUMBER,
        "varying": Kind.HEADER,
    },
    "Quarantine": {"locator": Kind.PATH},
    "Source": {"location": Kind.PATH},
    "Chunk": {"after": Kind.PATH, "upto": Kind.PATH, "unreachable": Kind.PATH, "locators": Kind.PATH},
    "CrawlProblem": {"locator": Kind.PATH},
}

# Columns of text, time or bytes that say nothing about a person, each with its reason.
UNIDENTIFYING: dict[str, dict[str, str]] = {
    "Patient": {"first_seen_at": "when we first read it"},
    "Study": {"first_seen_at": "when we first read it", "changed_at": "when we last read it anew"},
    "Series": {"first_seen_at": "when we first read it", "changed_at": "when we last read it anew"},
    "Header": {"digest": "a hash over all shared elements", "varying": "tags and VRs, no values"},
    "Instance": {
        "content_hash": "a hash over all elements",
        "after_pixels": "tags, no values",
        "first_seen_at": "when we first read it",
        "changed_at": "when we last read it anew",
        "vanished_at": "when it was missed",
    },
    "Quarantine": {
        "cause": "one of catalog.dicom.Cause",
        "detail": "a reason without values, by contract of catalog.dicom",
        "first_seen_at": "when we first read it",
        "last_tried_at": "when we last read it",
    },
    "Source": {
        "name": "chosen by staff to be shown",
        "kind": "one of Source.Kind",
        "identity": "device and inode numbers",
        "created_at": "when staff added it",
    },
    "Crawl": {
        "kind": "one of Crawl.Kind",
        "status": "one of Crawl.Status",
        "started_at": "when the crawl ran",
        "finished_at": "when the crawl ran",
        "resumed_at": "when the crawl ran",
        "walked_at": "when the crawl ran",
        "woken_at": "when the crawl ran",
        "identity": "device and inode numbers",
        "lease": "random",
        "lease_until": "when the crawl ran",
        "summarised_at": "when the crawl ran",
        "failure": "a reason without values or paths, by contract of catalog.actions",
    },
    "Chunk": {
        "state": "one of Chunk.State",
        "not_before": "when the crawl ran",
        "lease_until": "when the crawl ran",
        "finished_at": "when the crawl ran",
    },
    "CrawlProblem": {
        "cause": "one of the walk's causes",
        "detail": "a reason without values or paths, by contract of catalog.sources",
        "at": "when the crawl ran",
    },
    "IndexChange": {"entity": "one of IndexChange.Entity", "at": "when it was written"},
    "SubjectChange": {"subject": "one of SubjectChange.Subject", "at": "when it was written"},
}


def kind_of(model: str, column: str) -> Kind | None:
    """Return what a model's column says about a person, None when it says nothing.

    Raises KeyError for a text, date or UID column that nobody has judged.
    """
    if kind := IDENTIFYING.get(model, {}).get(column):
        return kind
    if column in UNIDENTIFYING.get(model, {}):
        return None
    raise KeyError(f"{model}.{column} is neither in IDENTIFYING nor in UNIDENTIFYING.")
