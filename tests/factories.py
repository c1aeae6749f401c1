"""Rows of the catalogue, as a crawl would have left them, with as few words as possible.

Every identifying column holds a word of SECRETS, so that a test can look for any of them in what is shown.
"""

import hashlib
from datetime import date
from itertools import count
from typing import Any

from django.utils import timezone

from catalog.models import Crawl, Header, Instance, Patient, Quarantine, Series, SeriesHeader, Source, Study
from governance.models import Collection

SECRETS = (
    "Quixotesecret",
    "MRN80031337",
    "IssuerXyzzy",
    "1937-04-23",
    "19370423",
    "2021-07-19",
    "20210719",
    "131415",
    "ACC5550199",
    "STID4242",
    "Refersecret",
    "Hospitalsecret",
    "Stationsecret",
    "SERIAL99887766",
    "1.2.826.0.1.3680043.8.498",
    "Foldersecret",
)
_numbers = count(1)


def uid() -> str:
    return f"1.2.826.0.1.3680043.8.498.{next(_numbers)}"


def make_source(collection: Collection, **given: Any) -> Source:
    number = next(_numbers)
    defaults = {"name": f"Archive {number}", "location": f"/srv/Foldersecret/{number}"}
    return Source.objects.create(collection=collection, **{**defaults, **given})


def make_crawl(source: Source, **given: Any) -> Crawl:
    defaults = {"status": Crawl.Status.COMPLETED, "finished_at": timezone.now(), "walked_at": timezone.now()}
    return Crawl.objects.create(source=source, **{**defaults, **given})


def make_patient(collection: Collection, **given: Any) -> Patient:
    defaults = {
        "patient_id": f"MRN80031337-{next(_numbers)}",
        "issuer_of_patient_id": "IssuerXyzzy",
        "patient_name": "Quixotesecret^Ann",
        "patient_birth_date": date(1937, 4, 23),
        "patient_sex": "F",
        "study_count": 1,
        "instance_count": 1,
        "first_study_date": date(2021, 7, 19),
        "last_study_date": date(2021, 7, 19),
    }
    return Patient.objects.create(collection=collection, **{**defaults, **given})


def make_study(collection: Collection, *, patient: Patient | None = None, **given: Any) -> Study:
    defaults = {
        "study_instance_uid": uid(),
        "study_date": date(2021, 7, 19),
        "study_time": "131415",
        "study_description": "CT chest of Quixotesecret",
        "accession_number": "ACC5550199",
        "study_id": "STID4242",
        "referring_physician_name": "Refersecret^Bo",
        "institution_name": "Hospitalsecret",
        "modalities": ["CT"],
        "body_parts": ["CHEST"],
        "manufacturers": ["ACME Imaging"],
        "series_count": 1,
        "instance_count": 1,
        "total_bytes": 1000,
        "patient_count": 1,
    }
    patient = patient or make_patient(collection)
    return Study.objects.create(collection=collection, patient=patient, **{**defaults, **given})


def make_series(study: Study, **given: Any) -> Series:
    defaults = {
        "series_instance_uid": uid(),
        "series_number": 2,
        "series_date": date(2021, 7, 19),
        "modality": "CT",
        "body_part_examined": "CHEST",
        "series_description": "Axial Quixotesecret",
        "protocol_name": "Thorax for Quixotesecret",
        "manufacturer": "ACME Imaging",
        "manufacturer_model_name": "Ring 64",
        "station_name": "Stationsecret",
        "device_serial_number": "SERIAL99887766",
        "software_versions": "syngo 4",
        "sop_class_uid": "1.2.840.10008.5.1.4.1.1.2",
        "transfer_syntax_uid": "1.2.840.10008.1.2.1",
        "instance_count": 1,
        "total_bytes": 1000,
    }
    return Series.objects.create(collection=study.collection, study=study, **{**defaults, **given})


def make_header(series: Series, **given: Any) -> Header:
    """A Header in use by `series`."""
    number = next(_numbers)
    defaults = {
        "digest": hashlib.blake2b(str(number).encode(), digest_size=16).digest(),
        "content": {
            "00080020": {"vr": "DA", "Value": ["20210719"]},
            "00080060": {"vr": "CS", "Value": ["CT"]},
            "00080080": {"vr": "LO", "Value": ["Hospitalsecret"]},
            "00081030": {"vr": "LO", "Value": ["CT chest of Quixotesecret"]},
            "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Quixotesecret^Ann"}]},
            "00100020": {"vr": "LO", "Value": ["MRN80031337"]},
            "0020000D": {"vr": "UI", "Value": [uid()]},
        },
        "varying": [["00080018", "UI"], ["00200013", "IS"]],
        "patient_name": "Quixotesecret^Ann",
        "patient_id": "MRN80031337",
    }
    header = Header.objects.create(**{**defaults, **given})
    SeriesHeader.objects.create(series=series, header=header, instance_count=1, total_bytes=1000)
    return header


def make_instance(series: Series, *, source: Source, header: Header | None = None, **given: Any) -> Instance:
    number = next(_numbers)
    sop_instance_uid = uid()
    defaults = {
        "locator": f"Foldersecret/IM{number}.dcm",
        "size": 1000,
        "mtime_ns": 1,
        "inode": number,
        "sop_instance_uid": sop_instance_uid,
        "instance_number": number,
        "varying": [sop_instance_uid, number],
        "content_hash": number.to_bytes(16, "big"),
        "first_seen_at": timezone.now(),
        "crawl_id": 1,
    }
    header = header or make_header(series)
    return Instance.objects.create(series=series, source=source, header=header, **{**defaults, **given})


def make_quarantine(source: Source, **given: Any) -> Quarantine:
    number = next(_numbers)
    defaults = {
        "locator": f"Foldersecret/{number}.dcm",
        "size": 10,
        "mtime_ns": 1,
        "inode": number,
        "cause": "truncated",
        "detail": "ends inside (0010,0010)",
        "crawl_id": 1,
    }
    return Quarantine.objects.create(source=source, **{**defaults, **given})
