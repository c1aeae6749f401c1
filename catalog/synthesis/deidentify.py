"""The research copies: one made well (safe harbor, 45 CFR 164.514(b)(2)), one as a careless script makes it."""

from copy import copy, deepcopy
from dataclasses import replace

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import UID

from catalog.synthesis.answer_key import holds
from catalog.synthesis.chance import uid
from catalog.synthesis.draft import ZERO_PREAMBLE, Instance, Series, Study
from catalog.synthesis.fill import code
from catalog.synthesis.plan import Visit
from catalog.synthesis.tables import table

ROOT = "1.2.826.0.1.3680043.8.900"
# A careless script changes these and believes that the work is done.
CARELESS_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
# What even a careless script leaves behind, because it writes a new file.
LOST = ("preamble", "file_meta", "no_preamble")


def subject(visit: Visit) -> str:
    """The research name of a patient: a number that leads back only by the project's list."""
    return f"RS-{1000 + visit.patient.index * 37 % 9000:04d}"


def copy_well(study: Study) -> Study:
    """Return a copy from which nobody can be told, with true references and the same pixels.

    Series with burned-in text and documents are left out, because their content cannot be cleaned.
    """
    made = Study(study.visit)
    for series in study.series:
        if (
            series.modality in table("deidentify")["modalities"]
            and series.shared.get("BurnedInAnnotation") != "YES"
        ):
            made.series.append(_clean_series(series, study.visit))
    return made


def copy_badly(study: Study) -> Study:
    """Return a copy in which only the first page of the header was cleaned (tables/deidentify.json: defects)."""
    made = Study(study.visit)
    for series in study.series:
        shared = deepcopy(series.shared)
        _careless(shared, study.visit)
        name = str(shared.PatientName)
        bad = replace(series, shared=shared, plants=[], claimed_character_set=None, pseudonym=name)
        bad.instances = [_careless_instance(instance) for instance in series.instances]
        bad.plants = [
            copy(plant) for plant in series.plants if plant.carrier not in LOST and holds(bad, plant)
        ]
        made.series.append(bad)
    return made


def remapped(original: str) -> str:
    """The research UID of a clinical UID; the same everywhere, so that references stay true."""
    return uid(ROOT, "remap", original)


def _clean_series(series: Series, visit: Visit) -> Series:
    shared = _clean(series.shared)
    name = subject(visit)
    shared.SpecificCharacterSet = "ISO_IR 100"
    shared.PatientName, shared.PatientID, shared.IssuerOfPatientID = name, name, "RESEARCH"
    shared.PatientIdentityRemoved = "YES"
    shared.DeidentificationMethod = "Safe harbor: PS3.15 E basic profile, years kept"
    shared.DeidentificationMethodCodeSequence = [code(*row) for row in table("deidentify")["method_codes"]]
    shared.LongitudinalTemporalInformationModified = "MODIFIED"
    shared.BurnedInAnnotation = "NO"
    shared.StudyDate = shared.SeriesDate = shared.ContentDate = shared.AcquisitionDate = (
        f"{visit.day.year}0101"
    )
    return Series(
        key=series.key,
        kind=series.kind,
        shared=shared,
        device=series.device | {"ae_title": "RESEARCH"},
        character_set=("ISO_IR 100",),
        instances=[_clean_instance(instance) for instance in series.instances],
        syntax="explicit",
        pseudonym=name,
        cleaned=True,
    )


def _clean_instance(instance: Instance) -> Instance:
    return Instance(own=_clean(instance.own), frames=instance.frames, origin=instance.sop_uid)


def _clean(dataset: Dataset) -> Dataset:
    rules, cleaned = table("deidentify"), Dataset()
    for element in dataset:
        keyword = element.keyword
        if element.tag.is_private or not keyword or keyword in rules["drop"]:
            continue
        if keyword in rules["empty"]:
            cleaned.add(DataElement(element.tag, element.VR, ""))
        elif element.VR == "SQ":
            cleaned.add(DataElement(element.tag, "SQ", [_clean(item) for item in element.value]))
        elif element.VR == "UI":
            cleaned.add(DataElement(element.tag, "UI", _remap_value(element)))
        elif element.VR in rules["keep_vrs"] or " or " in element.VR or keyword in rules["keep"]:
            cleaned.add(copy(element))
    return cleaned


def _remap_value(element: DataElement) -> str | list[str]:
    if element.VM > 1:
        return [_remap(value) for value in element.value]
    return _remap(str(element.value))


def _remap(value: str) -> str:
    known = UID(value).name != value or value.startswith(tuple(table("deidentify")["well_known_roots"]))
    return value if known or not value else remapped(value)


def _careless(shared: Dataset, visit: Visit) -> None:
    name = f"ANON{visit.patient.index:05d}"
    shared.PatientName, shared.PatientID = name, name
    shared.PatientIdentityRemoved = "YES"
    for keyword in (
        "PatientAddress",
        "PatientTelephoneNumbers",
        "PatientMotherBirthName",
        "OtherPatientNames",
    ):
        if keyword in shared:
            delattr(shared, keyword)
    shared.PatientBirthDate = ""
    for keyword in CARELESS_UIDS:
        if keyword in shared:
            setattr(shared, keyword, remapped(str(shared[keyword].value)))


def _careless_instance(instance: Instance) -> Instance:
    own = deepcopy(instance.own)
    own.SOPInstanceUID = remapped(instance.sop_uid)
    return replace(instance, own=own, preamble=ZERO_PREAMBLE, meta={}, origin=instance.sop_uid)
