"""PHI outside ordinary elements: preamble, file meta, tails, overlays, icons, profiles, codestreams."""

from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from catalog.synthesis.burn import letters
from catalog.synthesis.draft import ZERO_PREAMBLE, Instance, Plant, Series, Study
from catalog.synthesis.fill import item
from catalog.synthesis.paths import place
from catalog.synthesis.plan import Visit

ICON = (32, 64)
EXIF_ARTIST = 0x013B


def preamble(visit: Visit, _series: Series, instance: Instance) -> Plant:
    """Case 80: the 128 bytes before DICM."""
    value = f"TIFF-like export for {visit.patient.ascii_name}"[:128]
    instance.preamble = value.encode("latin-1", "replace").ljust(len(ZERO_PREAMBLE), b"\0")
    return Plant("", "preamble", "", "A", value, visit.patient.ascii_name, True, 80, where={"offset": 0})


def source_title(visit: Visit, _series: Series, instance: Instance) -> Plant:
    """Case 81: the AE title of whoever sent the file, named after a person."""
    value = f"WS_{visit.patient.family.upper()}"[:16]
    instance.meta["SourceApplicationEntityTitle"] = value
    return Plant("00020016", "file_meta", "AE", "A", value, value, True, 81)


def implementation(visit: Visit, _series: Series, instance: Instance) -> Plant:
    """Case 82: the implementation version name."""
    value = visit.mrn[:16]
    instance.meta["ImplementationVersionName"] = value
    return Plant("00020013", "file_meta", "SH", "H", value, value, True, 82)


def private_information(visit: Visit, _series: Series, instance: Instance) -> Plant:
    """Case 83: private information of the file meta group."""
    value = f"{visit.patient.ascii_name};{visit.mrn}"
    instance.meta["PrivateInformationCreatorUID"] = "1.2.826.0.1.3680043.8.83"
    raw = value.encode("latin-1")
    instance.meta["PrivateInformation"] = raw + b"\0" * (len(raw) % 2)
    return Plant("00020102", "file_meta", "OB", "A", value, visit.patient.ascii_name, True, 83)


def trailing_padding(visit: Visit, _series: Series, instance: Instance) -> Plant:
    """Case 84: data set trailing padding, which everybody skips."""
    value = f"{visit.patient.ascii_name} {visit.mrn}"
    instance.own.add_new(0xFFFCFFFC, "OB", value.encode("latin-1") + b"\0" * (len(value) % 2))
    return Plant("FFFCFFFC", "element", "OB", "A", value, visit.patient.ascii_name, True, 84)


def tail(visit: Visit, _series: Series, instance: Instance) -> Plant:
    """Case 85: bytes after the last element."""
    value = f"exported for {visit.patient.ascii_name} {visit.patient.phone}"
    instance.tail = value.encode("latin-1")
    return Plant("", "trailing_bytes", "", "A", value, visit.patient.ascii_name, True, 85)


def pixel_excess(visit: Visit, _series: Series, instance: Instance) -> Plant:
    """Case 86: more pixel bytes than the picture has pixels."""
    value = f"{visit.patient.ascii_name}/{visit.mrn}"
    instance.pixel_excess = value.encode("latin-1")
    return Plant("7FE00010", "pixel_tail", "", "A", value, visit.patient.ascii_name, True, 86)


def overlay(visit: Visit, series: Series, instance: Instance) -> Plant:
    """Cases 62 and 63: text as an overlay bitmap in group 6002, and in its description."""
    rows, columns = int(series.shared.Rows), int(series.shared.Columns)
    bitmap = np.zeros((rows, columns), bool)
    text = letters(visit.patient.ascii_name)[:rows, :columns]
    bitmap[4 : 4 + text.shape[0], : text.shape[1]] = text
    raw = np.packbits(bitmap.reshape(-1), bitorder="little").tobytes()
    if series.syntax == "big_endian":
        raw = np.frombuffer(raw, np.uint16).byteswap().tobytes()
    for tag, vr, value in (
        (0x60020010, "US", rows),
        (0x60020011, "US", columns),
        (0x60020022, "LO", f"Label {visit.patient.family}"),
        (0x60020040, "CS", "G"),
        (0x60020050, "SS", [1, 1]),
        (0x60020100, "US", 1),
        (0x60020102, "US", 0),
        (0x60023000, "OW", raw),
    ):
        instance.own.add_new(tag, vr, value)
    box = {"bbox": [0, 4, int(text.shape[1]), 4 + int(text.shape[0])], "frame": 0}
    return Plant(
        "60023000",
        "overlay",
        "OW",
        "A",
        visit.patient.ascii_name,
        visit.patient.ascii_name,
        True,
        62,
        where=box,
    )


def icon(visit: Visit, _series: Series, instance: Instance) -> Plant:
    """Case 67: a thumbnail inside the header with the name in it."""
    picture = np.zeros(ICON, np.uint8)
    text = letters(visit.patient.family)[: ICON[0], : ICON[1]]
    picture[: text.shape[0], : text.shape[1]][text] = 255
    instance.own.IconImageSequence = [
        item(
            SamplesPerPixel=1,
            PhotometricInterpretation="MONOCHROME2",
            Rows=ICON[0],
            Columns=ICON[1],
            BitsAllocated=8,
            BitsStored=8,
            HighBit=7,
            PixelRepresentation=0,
        )
    ]
    instance.own.IconImageSequence[0].add_new(0x7FE00010, "OW", picture.tobytes())
    box = {"bbox": [0, 0, int(text.shape[1]), int(text.shape[0])], "frame": 0}
    name = visit.patient.family
    return Plant("00880200[0].7FE00010", "icon", "OW", "A", name, name, True, 67, where=box)


def icc_profile(visit: Visit, _series: Series, instance: Instance) -> Plant:
    """Case 87: the description tag of an ICC profile."""
    text = f"Monitor of {visit.patient.first_last}".encode("ascii", "replace")
    described = b"desc\0\0\0\0" + len(text).to_bytes(4, "big") + text + b"\0"
    profile = bytes(36) + b"acsp" + bytes(88) + b"\0\0\0\1desc" + (144).to_bytes(4, "big")
    profile += len(described).to_bytes(4, "big") + described
    profile = (len(profile) + 4).to_bytes(4, "big") + profile
    instance.own.ICCProfile = profile + b"\0" * (len(profile) % 2)
    name = visit.patient.first_last
    return Plant("00282000", "icc_profile", "OB", "A", name, name, True, 87)


def jpeg_comment(visit: Visit, _series: Series, instance: Instance) -> Plant:
    """Case 89: the COM segment of a JPEG codestream."""
    value = f"Acquired for {visit.patient.ascii_name}"
    instance.jpeg_comment = value.encode("latin-1")
    return Plant("7FE00010", "jpeg_comment", "", "A", value, visit.patient.ascii_name, True, 89)


def jpeg_exif(visit: Visit, _series: Series, instance: Instance) -> Plant:
    """Case 90: the Artist of the EXIF segment (APP1) of a JPEG codestream."""
    value = f"Room 3, {visit.patient.first_last}"
    exif = Image.Exif()
    exif[EXIF_ARTIST] = value
    instance.jpeg_exif = exif.tobytes()
    return Plant("7FE00010", "jpeg_exif", "", "A", value, visit.patient.first_last, True, 90)


def hidden_sequence(visit: Visit, series: Series, _instance: Instance) -> Plant:
    """Case 56: a sequence written as UN, whose items are implicit little endian (PS3.5 6.2.2)."""
    sink = DicomBytesIO()
    sink.is_implicit_VR, sink.is_little_endian = True, True
    write_dataset(sink, item(PatientName=visit.patient.ascii_name, PatientID=visit.mrn))
    inner = sink.getvalue()
    value = b"\xfe\xff\x00\xe0" + len(inner).to_bytes(4, "little") + inner
    path = place(series.shared, "0011|ACME WORKLIST 1.0|30", value, "UN")
    return Plant(path, "private", "UN", "A", visit.patient.ascii_name, visit.patient.ascii_name, True, 56)


def no_preamble(visit: Visit, _series: Series, instance: Instance) -> Plant:
    """Case 91: a file that begins with its data set, as old exports do; its name and number are in it."""
    instance.preamble = b""
    return Plant("00100020", "no_preamble", "LO", "H", visit.mrn, visit.mrn, True, 91)


Carrier = Callable[[Visit, Series, Instance], Plant]
# What each takes: "native" pixels of one frame, a syntax, or any image.
CARRIERS: Mapping[str, tuple[Carrier, tuple[str, ...]]] = {
    "80": (preamble, ("CT", "MR", "DX")),
    "81": (source_title, ("CT", "MR", "US", "DX")),
    "82": (implementation, ("CT", "MR")),
    "83": (private_information, ("CT", "MR")),
    "84": (trailing_padding, ("CT",)),
    "85": (tail, ("CT",)),
    "86": (pixel_excess, ("CT",)),
    "62": (overlay, ("CT", "MR", "CR")),
    "67": (icon, ("CT", "MR")),
    "87": (icc_profile, ("OT", "US")),
    "89": (jpeg_comment, ("US",)),
    "90": (jpeg_exif, ("US",)),
    "56": (hidden_sequence, ("CT",)),
    "91": (no_preamble, ("CT", "MR")),
}

# JPEG segments need a JPEG; implicit content inside UN, and bytes at the end, are odd only in explicit files.
NEEDS_SYNTAX = {56: "explicit", 84: "explicit", 85: "explicit", 89: "jpeg", 90: "jpeg", 91: "explicit"}


def rows() -> list[dict[str, object]]:
    """The carriers as rows to be assigned to studies."""
    return [
        {"case": int(case), "in": list(modalities), "carrier": case}
        for case, (_, modalities) in CARRIERS.items()
    ]


def fits(case: int, visit: Visit) -> bool:
    """Whether the scanner writes the syntax that a carrier needs."""
    syntax = str(visit.device["syntax"])
    return NEEDS_SYNTAX.get(case, syntax) == syntax


def carry(study: Study, series: Series, case: str) -> None:
    """Hide PHI in the last instance of a series and note it."""
    instance = series.instances[-1]
    plant = CARRIERS[case][0](study.visit, series, instance)
    plant.instance = None if case == "56" else len(series.instances) - 1
    series.plants.append(plant)
