"""Reports about images: dose and text reports as SR, key object notes, encapsulated PDF (PS3.3 A.35, A.45)."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from pydicom.dataset import Dataset

from catalog.synthesis.chance import chance, uid
from catalog.synthesis.draft import Instance, Plant, Series, Study
from catalog.synthesis.evidence import evidence
from catalog.synthesis.fill import code, item
from catalog.synthesis.modules import new_series, reference, staff
from catalog.synthesis.plan import Visit
from catalog.synthesis.tables import table

SOP_CLASSES = {
    "dose_sr": "1.2.840.10008.5.1.4.1.1.88.67",
    "report_sr": "1.2.840.10008.5.1.4.1.1.88.33",
    "ko": "1.2.840.10008.5.1.4.1.1.88.59",
    "pdf": "1.2.840.10008.5.1.4.1.1.104.1",
}
TITLES = {
    "dose_sr": ("113701", "DCM", "X-Ray Radiation Dose Report"),
    "report_sr": ("18748-4", "LN", "Diagnostic Imaging Report"),
    "ko": ("113000", "DCM", "Of Interest"),
}
FINDINGS = (
    "No focal abnormality.",
    "Small nodule, stable since the last examination.",
    "Mild degenerative change.",
    "No fracture seen.",
)


def report_series(study: Study, spec: Mapping[str, Any], number: int) -> Series:
    """Build a diagnostic report that names its patient, its reader and its evidence."""
    source, visit = study.by_key(spec["of"]), study.visit
    series = _document(study, spec, number, "reporting")
    finding = chance(visit.seed, "finding", visit.index).choice(FINDINGS)
    text = f"{visit.recipe['description']} of {visit.patient.first_last}, {visit.day:%d %B %Y}. {finding}"
    _structured(series, study, spec, source.instances[:4])
    series.shared.ContentSequence = [
        _coded("121005", "DCM", "Observer Type", code("121006", "DCM", "Person"), "HAS OBS CONTEXT"),
        _person("121008", "DCM", "Person Observer Name", staff("staff", visit.seed, visit.index, "reads")),
        _text("121071", "DCM", "Finding", text),
        *(_image(source, instance) for instance in source.instances[:4]),
    ]
    series.shared.CompletionFlag, series.shared.VerificationFlag = "COMPLETE", "VERIFIED"
    series.shared.VerifyingObserverSequence = [
        item(
            VerifyingOrganization=visit.site["name"],
            VerificationDateTime=f"{visit.da}{visit.clock(5400)}",
            VerifyingObserverName=staff("staff", visit.seed, visit.index, "reads"),
            VerifyingObserverIdentificationCodeSequence=[],
        )
    ]
    path = "0040A730[2].0040A160"
    series.plants.append(Plant(path, "sr_text", "UT", "A", text, visit.patient.first_last, False, 69))
    return series


def dose_series(study: Study, spec: Mapping[str, Any], number: int) -> Series:
    """Build the radiation dose report of a CT."""
    source = study.by_key(spec["of"])
    series = _document(study, spec, number, "dose")
    _structured(series, study, spec, source.instances[:1])
    series.shared.CompletionFlag, series.shared.VerificationFlag = "COMPLETE", "UNVERIFIED"
    series.shared.ContentSequence = [
        _coded(
            "121058",
            "DCM",
            "Procedure reported",
            code("P5-08000", "SRT", "Computed Tomography X-Ray"),
            "HAS CONCEPT MOD",
        ),
        _unique_id("113769", "DCM", "Irradiation Event UID", f"{source.uid}.1"),
        _number("113830", "DCM", "Mean CTDIvol", "7.42", code("mGy", "UCUM", "mGy")),
        _number("113838", "DCM", "DLP", "281.4", code("mGy.cm", "UCUM", "mGy.cm")),
    ]
    return series


def key_object_series(study: Study, spec: Mapping[str, Any], number: int) -> Series:
    """Build a key object note on two images."""
    source = study.by_key(spec["of"])
    chosen = source.instances[len(source.instances) // 3 :][:2]
    series = _document(study, spec, number, "pacs")
    _structured(series, study, spec, chosen)
    series.shared.ContentSequence = [
        _text("113012", "DCM", "Key Object Description", "For the conference"),
        *(_image(source, instance) for instance in chosen),
    ]
    return series


def pdf_series(study: Study, spec: Mapping[str, Any], number: int) -> Series:
    """Build a scanned letter whose compressed page and whose author field name the patient."""
    source, visit = study.by_key(spec["of"]), study.visit
    series = _document(study, spec, number, "scanning")
    shared, line = series.shared, f"Report on {visit.patient.first_last}, MRN {visit.mrn}"
    document = pdf(
        line, author=staff("staff", visit.seed, visit.index, "reads"), lines=[visit.patient.address]
    )
    shared.SOPClassUID = SOP_CLASSES["pdf"]
    shared.ConversionType = "WSD"
    shared.BurnedInAnnotation = "YES"
    shared.DocumentTitle = "Radiology report"
    shared.ConceptNameCodeSequence = [code("18748-4", "LN", "Diagnostic Imaging Report")]
    shared.MIMETypeOfEncapsulatedDocument = "application/pdf"
    shared.EncapsulatedDocument = document + b"\0" * (len(document) % 2)
    shared.EncapsulatedDocumentLength = len(document)
    shared.SourceInstanceSequence = [
        reference(source.shared.SOPClassUID, instance.sop_uid) for instance in source.instances
    ]
    author = staff("staff", visit.seed, visit.index, "reads")
    series.plants += [
        Plant("00420011", "pdf_stream", "OB", "A", line, visit.patient.first_last, True, 73),
        Plant("00420011", "pdf_stream", "OB", "B", visit.patient.address, visit.patient.address, True, 73),
        Plant("00420011", "pdf_info", "OB", "A", author, author, True, 74),
    ]
    return series


def pdf(title: str, *, author: str, lines: Sequence[str]) -> bytes:
    """A one-page PDF 1.4 with a Flate-compressed page and an /Author, always the same bytes for the same text."""
    rows = "".join(f"({_escape(line)}) Tj 0 -18 Td " for line in [title, *lines])
    page = zlib.compress(f"BT /F1 12 Tf 60 760 Td {rows}ET".encode("latin-1", "replace"), 6)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(page), page),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Author ({_escape(author)}) /Producer (PACSgear 7.2) >>".encode("latin-1", "replace"),
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table_at = len(out)
    out += b"xref\n0 7\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"trailer\n<< /Size 7 /Root 1 0 R /Info 6 0 R >>\nstartxref\n%d\n%%%%EOF\n" % table_at


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _document(study: Study, spec: Mapping[str, Any], number: int, workstation: str) -> Series:
    """A series with its one object, not yet of any class."""
    visit = study.visit
    series = new_series(visit, spec, number, table("scanners")["workstations"][workstation])
    own = Dataset()
    own.SOPInstanceUID = uid(series.device["uid_root"], visit.seed, spec["key"], visit.index)
    own.InstanceNumber = "1"
    own.ContentTime = own.InstanceCreationTime = visit.clock(1800 + 300 * number)
    series.instances.append(Instance(own=own))
    return series


def _structured(series: Series, study: Study, spec: Mapping[str, Any], targets: Sequence[Instance]) -> None:
    """The root of an SR tree with its evidence (PS3.3 C.17.2, C.17.3)."""
    shared, visit, source = series.shared, study.visit, study.by_key(spec["of"])
    shared.SOPClassUID = SOP_CLASSES[spec["kind"]]
    shared.ValueType = "CONTAINER"
    shared.ContinuityOfContent = "SEPARATE"
    shared.ConceptNameCodeSequence = [code(*TITLES[spec["kind"]])]
    shared.CurrentRequestedProcedureEvidenceSequence = [evidence(visit.study_uid, source, targets)]
    shared.ReferencedPerformedProcedureStepSequence = []
    shared.ReferencedRequestSequence = [_request(visit)]


def _request(visit: Visit) -> Dataset:
    return item(
        StudyInstanceUID=visit.study_uid,
        ReferencedStudySequence=[],
        AccessionNumber=visit.accession,
        PlacerOrderNumberImagingServiceRequest="",
        FillerOrderNumberImagingServiceRequest="",
        RequestedProcedureID=f"RP{visit.accession}",
        RequestedProcedureDescription=visit.recipe["description"],
        RequestedProcedureCodeSequence=[code(*visit.recipe["code"])],
    )


def _content(kind: str, relation: str, value: str, scheme: str, meaning: str) -> Dataset:
    return item(
        RelationshipType=relation, ValueType=kind, ConceptNameCodeSequence=[code(value, scheme, meaning)]
    )


def _text(value: str, scheme: str, meaning: str, text: str) -> Dataset:
    content = _content("TEXT", "CONTAINS", value, scheme, meaning)
    content.TextValue = text
    return content


def _person(value: str, scheme: str, meaning: str, name: str) -> Dataset:
    content = _content("PNAME", "HAS OBS CONTEXT", value, scheme, meaning)
    content.PersonName = name
    return content


def _coded(value: str, scheme: str, meaning: str, concept: Dataset, relation: str) -> Dataset:
    content = _content("CODE", relation, value, scheme, meaning)
    content.ConceptCodeSequence = [concept]
    return content


def _unique_id(value: str, scheme: str, meaning: str, identifier: str) -> Dataset:
    content = _content("UIDREF", "CONTAINS", value, scheme, meaning)
    content.UID = identifier
    return content


def _number(value: str, scheme: str, meaning: str, amount: str, unit: Dataset) -> Dataset:
    content = _content("NUM", "CONTAINS", value, scheme, meaning)
    content.MeasuredValueSequence = [item(NumericValue=amount, MeasurementUnitsCodeSequence=[unit])]
    return content


def _image(source: Series, instance: Instance) -> Dataset:
    return item(
        RelationshipType="CONTAINS",
        ValueType="IMAGE",
        ReferencedSOPSequence=[reference(source.shared.SOPClassUID, instance.sop_uid)],
    )
