"""Small DICOM objects made in memory with pydicom, and raw elements made by hand."""

import json
import struct
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from catalog.dicom import (
    BytesSource,
    ElementMemory,
    RawObject,
    decode_header,
    decode_varying,
    read_object,
    reassemble,
    split,
    write_header,
)

PACKAGE = Path(pydicom.__file__).parent / "data"
# One for all objects ever built, so that a wrong memory of any would be noticed.
MEMORY = ElementMemory(json.dumps)
ZERO_PREAMBLE = bytes(128) + b"DICM"


def package_files() -> list[Path]:
    """Every file that lies inside the pydicom package; nothing is downloaded."""
    return sorted(path for path in PACKAGE.rglob("*") if path.is_file())


def data_set(**elements: Any) -> Dataset:
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID = CTImageStorage
    ds.SOPInstanceUID = "1.2.3.4"
    ds.StudyInstanceUID = "1.2.3"
    ds.SeriesInstanceUID = "1.2.3.1"
    ds.Modality = "CT"
    ds.PatientID = "P1"
    ds.PatientName = "Doe^Jane"
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return ds


def written(ds: Dataset, syntax: str = ExplicitVRLittleEndian, preamble: bytes = bytes(128)) -> bytes:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = UID(syntax)
    meta.MediaStorageSOPClassUID = ds.get("SOPClassUID", CTImageStorage)
    meta.MediaStorageSOPInstanceUID = ds.get("SOPInstanceUID", "1.2.3.4")
    buffer = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dcmwrite(buffer, FileDataset(buffer, ds, file_meta=meta, preamble=preamble), enforce_file_format=True)
    return buffer.getvalue()


def dicom_file(syntax: str = ExplicitVRLittleEndian, **elements: Any) -> bytes:
    return written(data_set(**elements), syntax)


def items(*datasets: dict) -> Sequence:
    made = []
    for elements in datasets:
        item = Dataset()
        for keyword, value in elements.items():
            setattr(item, keyword, value)
        made.append(item)
    return Sequence(made)


def rich_data_set(number: int = 0) -> Dataset:
    """Many VRs, private blocks and nested sequences; `number` moves what varies within a series."""
    ds = data_set(
        SOPInstanceUID=f"1.2.3.4.{number}",
        InstanceNumber=number,
        ImagePositionPatient=[-125.5, 10, -100 + 1.25 * number],
        SliceLocation=f"{1.25 * number:.2f}",
        ContentTime=f"1011{number % 60:02d}.125",
        ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
        StudyDescription="Thorax",
        SeriesNumber=3,
        Rows=4,
        Columns=4,
        BitsAllocated=16,
        PixelRepresentation=1,
        SmallestImagePixelValue=-5,
        PixelSpacing=[0.5, 0.5],
        XRayTubeCurrent=100 + number * 37 % 5,
        FrameIncrementPointer=[0x00181063, 0x00181065],
        DiffusionBValue=float(number % 3),
        ReferencedStudySequence=items(
            {"ReferencedSOPClassUID": "1.2.840.10008.3.1.2.3.1", "ReferencedSOPInstanceUID": "1.2.9"}
        ),
        RequestAttributesSequence=items(
            {
                "ScheduledProcedureStepID": "S1",
                "ScheduledProtocolCodeSequence": items({"CodeValue": "1", "CodeMeaning": "Ärztlich"}),
            }
        ),
        SourceImageSequence=Sequence([]),
    )
    block = ds.private_block(0x0019, "GEMS_ACQU_01", create=True)
    block.add_new(0x02, "SL", 912 + number % 2)
    block.add_new(0x0F, "DS", "12.5")
    block = ds.private_block(0x0029, "NOBODY'S OWN", create=True)
    block.add_new(0x10, "OB", bytes(range(256)))
    block.add_new(0x11, "UN", b"unknown?")
    ds.add_new(0x00420010, "ST", "a title")
    return ds


def series(count: int, syntax: str = ExplicitVRLittleEndian) -> list[bytes]:
    made = []
    for number in range(count):
        ds = rich_data_set(number)
        ds.PixelData = bytes(32)
        made.append(written(ds, syntax))
    return made


def explicit(tag: int, vr: str, value: bytes, length: int | None = None) -> bytes:
    """One element in Explicit VR Little Endian; `length` may lie."""
    length = len(value) if length is None else length
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    if vr in {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}:
        return head + b"\0\0" + struct.pack("<I", length) + value
    return head + struct.pack("<H", length) + value


def implicit(tag: int, value: bytes, length: int | None = None) -> bytes:
    """One element in Implicit VR Little Endian; `length` may lie."""
    length = len(value) if length is None else length
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, length) + value


def by_hand(*elements: bytes, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """A file of a preamble, a transfer syntax and these encoded elements."""
    padded = syntax.encode() + b"\0" * (len(syntax) % 2)
    return ZERO_PREAMBLE + explicit(0x00020010, "UI", padded) + b"".join(elements)


def by_hand_implicit(*elements: bytes) -> bytes:
    return by_hand(*elements, syntax=ImplicitVRLittleEndian)


def header_of(found: RawObject) -> dict:
    """The whole header, by way of splitting and putting together again."""
    (one,) = split([found])
    header = decode_header(one)
    remembered, text = write_header(one, MEMORY)
    assert remembered == json.loads(text) == header
    return reassemble(header, one.varying, decode_varying(one, found))


def read(data: bytes) -> RawObject:
    return read_object(BytesSource(data))
