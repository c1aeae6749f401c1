"""The tags that reading and splitting know by name, as data (numbers from PS3.6)."""

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")

TRANSFER_SYNTAX_UID = 0x00020010
MEDIA_STORAGE_SOP_CLASS_UID = 0x00020002
SPECIFIC_CHARACTER_SET = 0x00080005
PIXEL_REPRESENTATION = 0x00280103
PATIENT_ID = 0x00100020
ISSUER_OF_PATIENT_ID = 0x00100021
STUDY_INSTANCE_UID = 0x0020000D
SERIES_INSTANCE_UID = 0x0020000E

# Float, Double Float and Pixel Data (PS3.5 8): reading a header ends here.
PIXEL_DATA = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
FIRST_PIXEL_DATA = 0x7FE00008

# What tells one group of objects from another, beside the transfer syntax.
SERIES_KEY = (
    PATIENT_ID,
    ISSUER_OF_PATIENT_ID,
    STUDY_INSTANCE_UID,
    SERIES_INSTANCE_UID,
    SPECIFIC_CHARACTER_SET,
)

# Never part of the shared header, even where a chunk holds a single object of the series or where two
# neighbours happen to agree: so chunks of one series find the same header.
ALWAYS_VARYING: dict[int, str] = {
    0x00020000: "group length: follows the length of the SOP instance UID",
    0x00020003: "media storage SOP instance UID: names the object",
    0x00080013: "instance creation time: a clock",
    0x00080018: "SOP instance UID: names the object",
    0x0008002A: "acquisition date and time: a clock",
    0x00080032: "acquisition time: a clock",
    0x00080033: "content time: a clock",
    0x00180081: "echo time: varies between the echoes of one series",
    0x00180086: "echo numbers: vary between the echoes of one series",
    0x00181060: "trigger time: varies over the heart cycle",
    0x00181151: "X-ray tube current: follows the body where the dose is modulated",
    0x00181152: "exposure: follows the tube current",
    0x00189074: "frame acquisition date and time: a clock",
    0x00189345: "CTDIvol: follows the tube current",
    0x00200012: "acquisition number: counts",
    0x00200013: "instance number: counts",
    0x00200032: "image position: one per slice",
    0x00200100: "temporal position: counts",
    0x00201041: "slice location: one per slice",
    0x00280106: "smallest pixel value: from the pixels",
    0x00280107: "largest pixel value: from the pixels",
    0x00281050: "window centre: from the pixels on many scanners",
    0x00281051: "window width: from the pixels on many scanners",
    0x00281052: "rescale intercept: from the pixels in PET",
    0x00281053: "rescale slope: from the pixels in PET",
    0x00541300: "frame reference time: a clock",
    0x00541321: "decay factor: follows the clock",
    0x00541323: "scatter fraction: measured per slice",
    0x00541330: "image index: counts",
    0xFFFAFFFA: "digital signatures: one per object",
}


def always_varies(tag: int) -> bool:
    """Whether an element is never shared; group lengths (gggg,0000) follow the lengths of the others."""
    return tag in ALWAYS_VARYING or not tag & 0xFFFF


def without_always_varying(elements: Mapping[int, T]) -> dict[int, T]:
    """The elements that may be shared."""
    always = ALWAYS_VARYING
    return {tag: element for tag, element in elements.items() if tag not in always and tag & 0xFFFF}


def is_private(tag: int) -> bool:
    """Whether the group is odd (PS3.5 7.8)."""
    return bool(tag & 0x10000)


def is_private_creator(tag: int) -> bool:
    """Whether the element reserves a private block: (odd,0010-00FF), PS3.5 7.8.1."""
    return bool(tag & 0x10000) and 0x10 <= tag & 0xFFFF < 0x100


def creator_of(tag: int) -> int:
    """The tag of the element that reserves the block of a private element."""
    return tag & 0xFFFF0000 | (tag & 0xFFFF) >> 8


_NAMES: dict[int, str] = {}


def name_of(tag: int) -> str:
    """A tag as DICOM JSON writes it: eight upper-case hexadecimal digits (PS3.18 F.2.2)."""
    name = _NAMES.get(tag)
    if name is None:
        name = f"{tag:08X}"
        # Bounded, because mutated files may hold any tag.
        if len(_NAMES) < 1 << 15:
            _NAMES[tag] = name
    return name


def shown(tag: int) -> str:
    """A tag as people write it: (gggg,eeee)."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
