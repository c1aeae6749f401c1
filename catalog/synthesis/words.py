"""What a careless person might type about this patient: the words that tables fill into planted values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from catalog.synthesis.chance import chance
from catalog.synthesis.plan import Visit

NOT_CS = re.compile(r"[^A-Z0-9_ ]")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another patient's study that faults mix up with this one."""

    patient: str
    accession: str
    study_uid: str
    frame_uid: str
    sop_uid: str


def words(visit: Visit, series_description: str, neighbour: Neighbour) -> Mapping[str, str]:
    """Return every word that a planted value or a fault may use."""
    return {
        **_name(visit),
        **_numbers(visit),
        **_dates("birth", visit.patient.born),
        **_dates("study", visit.day),
        "epoch": str(visit.epoch),
        "clock": f"{visit.minute // 60:02d}:{visit.minute % 60:02d}",
        "day_after_study": f"{visit.day + timedelta(days=400):%Y%m%d}",
        "study_uid": visit.study_uid,
        "study_description": visit.recipe["description"],
        "series_description": series_description,
        "other_birth": f"{visit.patient.born + timedelta(days=31):%Y%m%d}",
        "other_sex": {"F": "M", "M": "F"}[visit.patient.sex],
        "other_first": "Robin" if visit.patient.given != "Robin" else "Kim",
        "previous_patient": neighbour.patient,
        "previous_accession": neighbour.accession,
        "previous_study_uid": neighbour.study_uid,
        "previous_frame_uid": neighbour.frame_uid,
        "previous_sop_uid": neighbour.sop_uid,
    }


def _name(visit: Visit) -> dict[str, str]:
    last, first = visit.patient.family, visit.patient.given
    coded = NOT_CS.sub("_", last.upper())
    return {
        "last": last,
        "first": first,
        "first_last": visit.patient.first_last,
        "last_upper": last.upper(),
        "last_lower": last.lower(),
        "last_cs": coded[:16],
        "last_short": coded[:8].lower(),
    }


def _numbers(visit: Visit) -> dict[str, str]:
    person = visit.patient
    draw = chance(visit.seed, "words", person.index)
    return {
        "mrn": visit.mrn,
        "mrn_digits": visit.mrn[2:],
        "accession": visit.accession,
        "phone": person.phone,
        "email": person.email,
        "url": f"https://people.example/{person.family.lower().replace(chr(39), '')}{person.index}",
        "street": person.street,
        "ssn_bare": person.ssn.replace("-", ""),
        "plate": f"{draw.choice('ABCDEFGH')}{draw.choice('KLMNPRST')}{draw.choice('UVWXYZ')} {1000 + person.index % 9000}",
        "ip": f"203.0.113.{person.index % 254 + 1}",
    }


def _dates(kind: str, day: date) -> dict[str, str]:
    return {
        f"{kind}_da": f"{day:%Y%m%d}",
        f"{kind}_iso": f"{day:%Y-%m-%d}",
        f"{kind}_us": f"{day:%m/%d/%Y}",
        f"{kind}_eu": f"{day:%d.%m.%Y}",
        f"{kind}_long": f"{day:%A, %d %B %Y}",
        f"{kind}_dots": f"{day:%Y.%m.%d}",
    }
