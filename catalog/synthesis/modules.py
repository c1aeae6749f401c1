"""What every object of a study says of its patient, its study, its series and its equipment (PS3.3 C.7)."""

from collections.abc import Mapping
from random import Random
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from catalog.synthesis.chance import chance, uid
from catalog.synthesis.draft import Series
from catalog.synthesis.fill import code, fill, item
from catalog.synthesis.plan import Visit
from catalog.synthesis.tables import table

# Objects of any class may share this one: the order in which a scanner's series began, in seconds.
SERIES_SPACING = 180


def new_series(visit: Visit, spec: Mapping[str, Any], number: int, device: Mapping[str, Any]) -> Series:
    """Return a series without instances whose shared part holds all that its kind does not decide."""
    shared = Dataset()
    draw = chance(visit.seed, "series", visit.index, spec["key"])
    _patient(shared, visit)
    _study(shared, visit)
    _workup(shared, visit, draw)
    _series(shared, visit, spec, number, device)
    _equipment(shared, visit, device, draw)
    return Series(
        key=spec["key"],
        kind=spec["kind"],
        shared=shared,
        device=dict(device),
        character_set=visit.patient.character_set,
        syntax=device["syntax"],
    )


def reference(sop_class: str, sop_instance: str) -> Dataset:
    """An item that points at one object (PS3.3 10.3, SOP instance reference macro)."""
    return item(ReferencedSOPClassUID=sop_class, ReferencedSOPInstanceUID=sop_instance)


def staff(kind: str, *key: object) -> str:
    """Return the name of a physician ('staff') or an operator."""
    names: list[str] = table("names")[kind]
    return chance("staff", kind, *key).choice(names)


def _patient(shared: Dataset, visit: Visit) -> None:
    person, draw = visit.patient, chance(visit.seed, "patient module", visit.patient.index)
    people = table("people")
    shared.SpecificCharacterSet = list(person.character_set)
    shared.PatientName = person.dicom_name
    shared.PatientID = visit.mrn
    shared.IssuerOfPatientID = visit.site["issuer"]
    shared.PatientBirthDate = f"{person.born:%Y%m%d}"
    shared.PatientBirthTime = ""
    shared.PatientSex = person.sex
    shared.PatientAge = f"{person.age_on(visit.day):03d}Y"
    shared.PatientSize = f"1.{draw.randrange(52, 92)}"
    shared.PatientWeight = str(draw.randrange(48, 104))
    shared.PatientAddress = person.address
    shared.PatientTelephoneNumbers = person.phone
    shared.PatientMotherBirthName = (
        f"{table('names')['latin']['families'][person.index % 10].split('|')[0]}^Maria"
    )
    shared.OtherPatientNames = [person.ascii_name, f"{person.family}^{person.given[0]}"]
    shared.OtherPatientIDsSequence = [
        item(PatientID=person.insurance, IssuerOfPatientID="INSURER", TypeOfPatientID="TEXT"),
        item(PatientID=person.ssn, IssuerOfPatientID="SSA", TypeOfPatientID="TEXT"),
    ]
    shared.InsurancePlanIdentification = person.insurance
    shared.EthnicGroup = person.ethnic_group
    shared.Occupation = person.occupation
    shared.PatientReligiousPreference = person.religion
    if person.index % 6 == 2:
        shared.MilitaryRank = draw.choice(people["ranks"])


def _study(shared: Dataset, visit: Visit) -> None:
    recipe = visit.recipe
    shared.StudyInstanceUID = visit.study_uid
    shared.StudyDate = visit.da
    shared.StudyTime = visit.clock()
    shared.StudyID = str(3000 + visit.index)
    shared.AccessionNumber = visit.accession
    shared.StudyDescription = recipe["description"]
    shared.ReferringPhysicianName = staff("staff", visit.seed, visit.index, "refers")
    shared.PhysiciansOfRecord = staff("staff", visit.seed, visit.index, "records")
    shared.NameOfPhysiciansReadingStudy = staff("staff", visit.seed, visit.index, "reads")
    shared.ProcedureCodeSequence = [code(*recipe["code"])]


def _workup(shared: Dataset, visit: Visit, draw: Random) -> None:
    people, prefix = table("people"), visit.site["prefix"]
    pick = chance(visit.seed, "workup", visit.index)
    fill(shared, table("headers")["workup"], draw)
    shared.AdmittingDiagnosesDescription = pick.choice(people["diagnoses"])
    shared.AdditionalPatientHistory = pick.choice(people["histories"])
    shared.RequestingService = pick.choice(people["services"])
    shared.CurrentPatientLocation = pick.choice(people["locations"])
    shared.RequestingPhysician = shared.ReferringPhysicianName
    shared.RequestedProcedureDescription = visit.recipe["description"]
    shared.RequestedProcedureCodeSequence = [code(*visit.recipe["code"])]
    shared.RequestedProcedureID = f"RP{visit.accession}"
    shared.AdmissionID = f"{prefix}ADM{910000 + visit.index * 5}"
    shared.ServiceEpisodeID = f"{prefix}EP{620000 + visit.index * 9}"
    shared.PlacerOrderNumberImagingServiceRequest = f"PL{prefix}{81000 + visit.index * 11}"
    shared.FillerOrderNumberImagingServiceRequest = f"FI{prefix}{81000 + visit.index * 11}"
    shared.PerformedProcedureStepStartDate = visit.da
    shared.PerformedProcedureStepStartTime = visit.clock()
    shared.PerformedProcedureStepEndDate = visit.da
    shared.PerformedProcedureStepEndTime = visit.clock(1500)
    shared.PerformedProcedureStepID = f"PPS{visit.accession}"
    shared.PerformedProcedureStepDescription = visit.recipe["description"]
    shared.PerformedProtocolCodeSequence = [code(*visit.recipe["code"])]
    shared.ReferencedStudySequence = [reference("1.2.840.10008.3.1.2.3.1", visit.study_uid)]
    shared.RequestAttributesSequence = [
        item(
            AccessionNumber=visit.accession,
            RequestedProcedureID=f"RP{visit.accession}",
            RequestedProcedureDescription=visit.recipe["description"],
            ScheduledProcedureStepID=f"SPS{visit.accession}",
            ScheduledProcedureStepDescription=visit.recipe["description"],
            ScheduledProtocolCodeSequence=Sequence([code(*visit.recipe["code"])]),
        )
    ]


def _series(
    shared: Dataset, visit: Visit, spec: Mapping[str, Any], number: int, device: Mapping[str, Any]
) -> None:
    began = visit.clock(number * SERIES_SPACING)
    shared.SeriesInstanceUID = uid(device["uid_root"], visit.seed, "series", visit.index, spec["key"])
    shared.SeriesNumber = str(number)
    shared.Modality = spec["modality"]
    shared.SeriesDescription = spec["description"]
    shared.SeriesDate = shared.AcquisitionDate = shared.ContentDate = shared.InstanceCreationDate = visit.da
    shared.SeriesTime = began
    shared.BodyPartExamined = visit.recipe["body_part"]
    shared.PerformingPhysicianName = staff("staff", visit.seed, visit.index, "performs")
    shared.OperatorsName = staff("operators", visit.seed, visit.index)
    if "protocol" in spec:
        shared.ProtocolName = spec["protocol"]
    if visit.protocol == "cr_hand":
        shared.Laterality = "L"


def _equipment(shared: Dataset, visit: Visit, device: Mapping[str, Any], draw: Random) -> None:
    shared.Manufacturer = device["manufacturer"]
    shared.ManufacturerModelName = device["model"]
    shared.StationName = device["station"]
    shared.DeviceSerialNumber = device["serial"]
    shared.SoftwareVersions = device["software"]
    shared.DeviceUID = f"{device['uid_root']}.1"
    shared.InstitutionName = visit.site["name"]
    shared.InstitutionAddress = visit.site["address"]
    shared.InstitutionalDepartmentName = device.get("department", "Radiology")
    fill(shared, table("headers")["equipment"], draw)
