"""Files that are no readable DICOM objects: what people leave in archives, and what transfers leave behind."""

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, ExplicitVRLittleEndian

from catalog.synthesis.chance import chance, uid
from catalog.synthesis.documents import pdf
from catalog.synthesis.encode import IMPLEMENTATION_UID
from catalog.synthesis.fill import item
from catalog.synthesis.people import Patient

README = b"Export of 2019. Ask the archive team before deleting anything in here.\n"
MEDIA_DIRECTORY = "1.2.840.10008.1.3.10"


def strays(seed: int, whole: bytes, person: Patient) -> Iterator[tuple[str, bytes, str]]:
    """Yield (path, content, expected cause) of every stray; `whole` is a good file to cut and spoil.

    The causes are the values of catalog.dicom.Cause.
    """
    for path, (make, cause) in STRAYS.items():
        yield path, make(seed, whole, person), cause


def _readme(_seed: int, _whole: bytes, _person: Patient) -> bytes:
    return README


def _empty(_seed: int, _whole: bytes, _person: Patient) -> bytes:
    return b""


def _letter(_seed: int, _whole: bytes, person: Patient) -> bytes:
    return pdf(f"Letter about {person.first_last}", author="Radiology", lines=["Dear colleague,"])


def _archive(_seed: int, whole: bytes, person: Patient) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as bundle:
        # A fixed time, because the archive must not depend on the clock.
        bundle.writestr(zipfile.ZipInfo(f"{person.family}_{person.given}/IM000001"), whole)
        bundle.comment = f"for {person.first_last}".encode()
    return sink.getvalue()


def _noise(seed: int, _whole: bytes, _person: Patient) -> bytes:
    return chance(seed, "noise").randbytes(4096)


def _desktop(_seed: int, _whole: bytes, _person: Patient) -> bytes:
    return b"\0\0\0\1Bud1\0\0\x10\0" + bytes(1012)


def _cut_in_header(_seed: int, whole: bytes, _person: Patient) -> bytes:
    """Ends in the middle of an element's value."""
    return whole[: whole.index(b"\x08\x00\x60\x00") + 9]


def _cut_in_meta(_seed: int, whole: bytes, _person: Patient) -> bytes:
    return whole[:170]


def _only_preamble(_seed: int, _whole: bytes, _person: Patient) -> bytes:
    return bytes(128) + b"DICM"


def _bad_deflate(_seed: int, whole: bytes, _person: Patient) -> bytes:
    """Claims to be deflated; what follows the file meta is not."""
    length = int.from_bytes(whole[140:144], "little")
    meta = whole[: 144 + length]
    declared, deflated = b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1.99"
    at = meta.index(declared)
    meta = meta[: at - 2] + len(deflated).to_bytes(2, "little") + deflated + meta[at + len(declared) :]
    return meta[:140] + (length + 2).to_bytes(4, "little") + meta[144:] + b"\xff" * 600


def _no_identifier(seed: int, _whole: bytes, person: Patient) -> bytes:
    """A data set without SOP instance UID."""
    dataset = Dataset()
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    dataset.StudyInstanceUID = uid("1.2.826.0.1.3680043.8.6", seed, "study without object")
    dataset.SeriesInstanceUID = uid("1.2.826.0.1.3680043.8.6", seed, "series without object")
    dataset.Modality = "OT"
    dataset.PatientID = person.identifier("HS")
    return _written(dataset, "1.2.840.10008.5.1.4.1.1.7")


def _media_directory(_seed: int, _whole: bytes, person: Patient) -> bytes:
    """A DICOMDIR that lists one patient (PS3.10 8)."""
    dataset = Dataset()
    dataset.FileSetID = "EXPORT2019"
    dataset.add_new(0x00041200, "UL", 0)
    dataset.add_new(0x00041202, "UL", 0)
    dataset.add_new(0x00041212, "US", 0)
    record = item(
        DirectoryRecordType="PATIENT", PatientName=person.ascii_name, PatientID=person.identifier("HS")
    )
    record.add_new(0x00041400, "UL", 0)
    record.add_new(0x00041410, "US", 0xFFFF)
    record.add_new(0x00041420, "UL", 0)
    dataset.DirectoryRecordSequence = [record]
    return _written(dataset, MEDIA_DIRECTORY)


def _written(dataset: Dataset, sop_class: str) -> bytes:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = UID(sop_class)
    dataset.file_meta.MediaStorageSOPInstanceUID = UID("1.2.826.0.1.3680043.8.6.1")
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.ImplementationClassUID = UID(IMPLEMENTATION_UID)
    sink = DicomBytesIO()
    dcmwrite(sink, dataset, enforce_file_format=True)
    return sink.getvalue()


Make = Callable[[int, bytes, Patient], bytes]
STRAYS: Mapping[str, tuple[Make, str]] = {
    "clinical/site-north/README.txt": (_readme, "not_dicom"),
    "clinical/site-north/.DS_Store": (_desktop, "not_dicom"),
    "clinical/site-north/incoming/cut_in_header.dcm": (_cut_in_header, "truncated"),
    "clinical/site-north/incoming/cut_in_meta.dcm": (_cut_in_meta, "truncated"),
    "clinical/site-north/incoming/0001.dcm.part": (_empty, "empty_file"),
    "clinical/site-harbour/DICOMDIR": (_media_directory, "dicomdir"),
    "clinical/site-harbour/EXPORT.ZIP": (_archive, "not_dicom"),
    "clinical/site-harbour/spool/only_preamble.dcm": (_only_preamble, "missing_identifier"),
    "clinical/site-harbour/spool/no_identifier.dcm": (_no_identifier, "missing_identifier"),
    "clinical/site-hill/letter.pdf": (_letter, "not_dicom"),
    "clinical/site-hill/unsorted/noise.dcm": (_noise, "not_dicom"),
    "clinical/site-hill/unsorted/bad_deflate.dcm": (_bad_deflate, "corrupt"),
}
Tell = tuple[str, str, int, Callable[[Patient], str]]
# Which strays tell of the person: carrier, HIPAA class, case of the privacy design, and what is written there.
TELLING: Mapping[str, tuple[Tell, ...]] = {
    "clinical/site-harbour/DICOMDIR": (
        ("dicomdir", "A", 45, lambda person: person.ascii_name),
        ("dicomdir", "H", 45, lambda person: person.identifier("HS")),
    ),
    "clinical/site-harbour/EXPORT.ZIP": (
        ("zip_member_name", "A", 92, lambda person: f"{person.family}_{person.given}"),
        ("zip_comment", "A", 92, lambda person: person.first_last),
    ),
    "clinical/site-harbour/spool/no_identifier.dcm": (
        ("element", "H", 2, lambda person: person.identifier("HS")),
    ),
    "clinical/site-hill/letter.pdf": (("pdf_stream", "A", 73, lambda person: person.first_last),),
}


def tells(person: Patient) -> Iterator[dict[str, object]]:
    """Yield what each stray tells of the person."""
    for path, rows in TELLING.items():
        for carrier, identifier, case, value in rows:
            yield {
                "file": path,
                "carrier": carrier,
                "class": identifier,
                "case": case,
                "value": value(person),
            }
