"""What people filter and sort by, taken from a header in DICOM JSON."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

Header = Mapping[str, Mapping[str, Any]]

# No text VR of these elements allows more than 64 characters (PS3.5 table 6.2-1). Several columns together must fit an
# entry of an index; identifiers that are longer are refused before, and names are needed whole to hide their words.
LONGEST_TEXT = 256


class Facts(NamedTuple):
    """A header in columns: '' where a text is absent, None where a number or a valid date is.

    Texts but names and identifiers are cut at LONGEST_TEXT characters. Dates are 'YYYY-MM-DD'; several values are joined by a backslash; the component groups of the
    patient's name by '='. `deidentification_method` says whether one is named.
    """

    patient_id: str
    issuer_of_patient_id: str
    patient_name: str
    patient_birth_date: str | None
    patient_sex: str
    study_instance_uid: str
    study_date: str | None
    study_time: str
    study_description: str
    accession_number: str
    study_id: str
    referring_physician_name: str
    institution_name: str
    series_instance_uid: str
    series_number: int | None
    series_date: str | None
    modality: str
    body_part_examined: str
    laterality: str
    series_description: str
    protocol_name: str
    manufacturer: str
    manufacturer_model_name: str
    station_name: str
    device_serial_number: str
    software_versions: str
    sop_class_uid: str
    transfer_syntax_uid: str
    rows: int | None
    columns: int | None
    number_of_frames: int | None
    photometric_interpretation: str
    patient_identity_removed: str
    deidentification_method: bool
    burned_in_annotation: str


def facts(header: Header) -> Facts:
    """The facts of a header, or of the part of it that a series shares."""
    return Facts(
        patient_id=_text(header, "00100020"),
        issuer_of_patient_id=_text(header, "00100021"),
        patient_name=_text(header, "00100010"),
        patient_birth_date=_date(header, "00100030"),
        patient_sex=_cut(header, "00100040"),
        study_instance_uid=_text(header, "0020000D"),
        study_date=_date(header, "00080020"),
        study_time=_cut(header, "00080030"),
        study_description=_cut(header, "00081030"),
        accession_number=_cut(header, "00080050"),
        study_id=_cut(header, "00200010"),
        referring_physician_name=_text(header, "00080090"),
        institution_name=_cut(header, "00080080"),
        series_instance_uid=_text(header, "0020000E"),
        series_number=_number(header, "00200011"),
        series_date=_date(header, "00080021"),
        modality=_cut(header, "00080060"),
        body_part_examined=_cut(header, "00180015"),
        laterality=_cut(header, "00200060"),
        series_description=_cut(header, "0008103E"),
        protocol_name=_cut(header, "00181030"),
        manufacturer=_cut(header, "00080070"),
        manufacturer_model_name=_cut(header, "00081090"),
        station_name=_cut(header, "00081010"),
        device_serial_number=_cut(header, "00181000"),
        software_versions=_cut(header, "00181020"),
        sop_class_uid=_cut(header, "00080016"),
        transfer_syntax_uid=_cut(header, "00020010"),
        rows=_number(header, "00280010"),
        columns=_number(header, "00280011"),
        number_of_frames=_number(header, "00280008"),
        photometric_interpretation=_cut(header, "00280004"),
        patient_identity_removed=_cut(header, "00120062"),
        deidentification_method=bool(_text(header, "00120063")) or bool(_values(header, "00120064")),
        burned_in_annotation=_cut(header, "00280301"),
    )


def _values(header: Header, name: str) -> list[Any]:
    element = header.get(name)
    return list(element.get("Value", ())) if element is not None else []


def _text(header: Header, name: str) -> str:
    element = header.get(name)
    values = element.get("Value") if element is not None else None
    if not values:
        return ""
    return _one_text(values[0]) if len(values) == 1 else "\\".join(map(_one_text, values))


def _cut(header: Header, name: str) -> str:
    return _text(header, name)[:LONGEST_TEXT]


def _one_text(value: Any) -> str:
    if type(value) is str:
        # PostgreSQL's text cannot hold NUL, and no text VR may (PS3.5 6.1.3).
        return (value.replace("\0", "") if "\0" in value else value).strip()
    if isinstance(value, dict):
        # A person's name; a group left out before a later one keeps its place.
        groups = [str(value.get(group, "")) for group in ("Alphabetic", "Ideographic", "Phonetic")]
        return "=".join(groups).rstrip("=")
    return "" if value is None else str(value).strip()


def _date(header: Header, name: str) -> str | None:
    """A date, when it is one: YYYYMMDD, or YYYY.MM.DD as before version 3.0 (PS3.5 6.2)."""
    text = next((_one_text(value) for value in _values(header, name)), "")
    if len(text) == 10 and text[4] == text[7] == ".":
        text = text.replace(".", "")
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])).isoformat()
    except ValueError:
        return None


def _number(header: Header, name: str) -> int | None:
    value = next(iter(_values(header, name)), None)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
