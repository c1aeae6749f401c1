"""The baseline that anybody would write first: pydicom decodes everything, the ORM stores file by file."""

import hashlib
import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pydicom
from django.db import transaction
from django.utils import timezone

from catalog.dicom import facts
from catalog.models import Header, Instance, Patient, Series, Source, Study
from governance.models import Collection

IN_WORDS = (
    "pydicom.dcmread(stop_before_pixels=True), to_json_dict() of file meta information and data set; then one "
    "transaction per file with Django's update_or_create of Patient, Study, Series and Instance, the whole header "
    "as json in the Instance; as many processes as the crawl has workers"
)
ONE_ROW_IN_WORDS = (
    "the same reading, then a single update_or_create per file, of one row with the whole header as jsonb and the "
    "columns of Header: no patients, studies or series"
)
WHERE = "naive"


def prepare(paths: Sequence[str]) -> Callable[[], None]:
    """Connect, and return the work of one process: the catalogue's four levels for each file."""
    source = _source()
    return partial(_catalogue, paths, partial(store_in_four_tables, source))


def prepare_one_row(paths: Sequence[str]) -> Callable[[], None]:
    """Connect, and return the work of one process: one row for each file."""
    _source()
    return partial(_catalogue, paths, store_in_one_row)


def _source() -> Source:
    collection, _ = Collection.objects.get_or_create(name=WHERE)
    source, _ = Source.objects.get_or_create(
        location=WHERE, defaults={"collection": collection, "name": WHERE}
    )
    return source


def _catalogue(paths: Sequence[str], store: Callable[[str, dict[str, Any]], None]) -> None:
    for path in paths:
        store(path, read(path))


def read(path: str) -> dict[str, Any]:
    """The whole header in the DICOM JSON model, pixel data left out."""
    found = pydicom.dcmread(path, stop_before_pixels=True)
    header: dict[str, Any] = found.file_meta.to_json_dict() | found.to_json_dict()
    return header


def store_in_one_row(path: str, header: dict[str, Any]) -> None:
    """Write or overwrite one wide row."""
    digest = hashlib.sha256(path.encode()).digest()
    Header.objects.update_or_create(
        digest=digest, defaults={"content": header, "varying": [], **facts(header)._asdict()}
    )


def store_in_four_tables(source: Source, path: str, header: dict[str, Any]) -> None:
    """Write or overwrite patient, study, series and instance in one transaction."""
    found = facts(header)._asdict()
    with transaction.atomic():
        series = _series(source.collection, found)
        _instance(source, series, path, header)


def _series(collection: Collection, found: dict[str, Any]) -> Series:
    patient, _ = Patient.objects.update_or_create(
        collection=collection,
        **_chosen(found, "patient_id", "issuer_of_patient_id"),
        defaults=_chosen(found, "patient_name", "patient_birth_date", "patient_sex"),
    )
    texts = (
        "study_description",
        "accession_number",
        "study_id",
        "referring_physician_name",
        "institution_name",
    )
    study, _ = Study.objects.update_or_create(
        collection=collection,
        study_instance_uid=found["study_instance_uid"],
        defaults={"patient": patient, **_chosen(found, "study_date", "study_time", *texts)},
    )
    numbers = ("series_number", "series_date")
    texts = ("modality", "body_part_examined", "series_description", "protocol_name", "sop_class_uid")
    device = ("manufacturer", "manufacturer_model_name", "station_name", "software_versions")
    series, _ = Series.objects.update_or_create(
        study=study,
        series_instance_uid=found["series_instance_uid"],
        defaults={"collection": collection, **_chosen(found, *numbers, *texts, *device)},
    )
    return series


def _instance(source: Source, series: Series, path: str, header: dict[str, Any]) -> None:
    file = os.stat(path)  # noqa: PTH116 - as cheap as it can be had
    Instance.objects.update_or_create(
        source=source,
        locator=path,
        defaults={
            "size": file.st_size,
            "mtime_ns": file.st_mtime_ns,
            "inode": file.st_ino,
            "series": series,
            # No constraint stands behind this key, and the header is in the row itself.
            "header_id": 0,
            "sop_instance_uid": header["00080018"]["Value"][0],
            "varying": header,
            "content_hash": b"",
            "first_seen_at": timezone.now(),
            "crawl_id": 0,
        },
    )


def _chosen(found: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: found[name] for name in names}
