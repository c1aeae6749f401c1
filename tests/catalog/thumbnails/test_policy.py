"""Which pictures are shown, blurred or blocked: one row for each line of the policy."""

from typing import Any

import pytest
from pydicom import uid

from catalog.thumbnails.policy import PRECAUTIONS, Picture, Symbol, Way, decide

CT = Picture(
    sop_class_uid=uid.CTImageStorage,
    modality="CT",
    image_type=("ORIGINAL", "PRIMARY", "AXIAL"),
    has_rows=True,
)


def like_ct(**given) -> Picture:
    return Picture(**{name: given.get(name, getattr(CT, name)) for name in Picture.__slots__})


@pytest.mark.parametrize(
    ("given", "way"),
    [
        ({}, Way.SHOWN),
        ({"sop_class_uid": uid.MRImageStorage, "modality": "MR"}, Way.SHOWN),
        ({"sop_class_uid": uid.DigitalXRayImageStorageForPresentation, "modality": "DX"}, Way.SHOWN),
        ({"burned_in_annotation": "NO"}, Way.SHOWN),
        ({"burned_in_annotation": "YES"}, Way.BLURRED),
        ({"recognizable_features": "YES"}, Way.BLURRED),
        ({"image_type": ("DERIVED", "SECONDARY", "SCREEN SAVE")}, Way.BLURRED),
        ({"image_type": ("DERIVED", "SECONDARY", "VOLUME_RENDER")}, Way.BLURRED),
        ({"image_type": ("DERIVED", "SECONDARY", "VRT")}, Way.BLURRED),
        ({"sop_class_uid": uid.UltrasoundImageStorage, "modality": "US"}, Way.BLURRED),
        (
            {
                "sop_class_uid": uid.UltrasoundMultiFrameImageStorage,
                "modality": "US",
                "burned_in_annotation": "NO",
            },
            Way.BLURRED,
        ),
        ({"sop_class_uid": uid.SecondaryCaptureImageStorage}, Way.BLURRED),
        ({"sop_class_uid": uid.SecondaryCaptureImageStorage, "burned_in_annotation": "NO"}, Way.BLURRED),
        ({"sop_class_uid": uid.VLPhotographicImageStorage, "modality": "XC"}, Way.BLURRED),
        ({"sop_class_uid": uid.VLEndoscopicImageStorage, "modality": "ES"}, Way.BLURRED),
        ({"modality": "OT"}, Way.BLURRED),
        ({"sop_class_uid": uid.OphthalmicPhotography8BitImageStorage, "modality": "OP"}, Way.BLURRED),
        ({"conversion_type": "DF"}, Way.BLURRED),
        ({"sop_class_uid": "1.2.3.4"}, Way.BLURRED),
        ({"sop_class_uid": ""}, Way.BLURRED),
        ({"sop_class_uid": uid.MultiFrameSingleBitSecondaryCaptureImageStorage}, Way.BLOCKED),
        ({"conversion_type": "SD"}, Way.BLOCKED),
        ({"modality": "DOC"}, Way.BLOCKED),
        ({"sop_class_uid": uid.SecondaryCaptureImageStorage, "descriptions": "DOSE REPORT"}, Way.BLOCKED),
        (
            {"sop_class_uid": uid.SecondaryCaptureImageStorage, "descriptions": "PATIENT PROTOCOL"},
            Way.BLOCKED,
        ),
        (
            {
                "sop_class_uid": uid.VLWholeSlideMicroscopyImageStorage,
                "image_type": ("ORIGINAL", "PRIMARY", "LABEL"),
            },
            Way.BLOCKED,
        ),
        (
            {
                "sop_class_uid": uid.VLWholeSlideMicroscopyImageStorage,
                "image_type": ("ORIGINAL", "PRIMARY", "OVERVIEW"),
            },
            Way.BLURRED,
        ),
        (
            {
                "sop_class_uid": uid.VLWholeSlideMicroscopyImageStorage,
                "image_type": ("ORIGINAL", "PRIMARY", "VOLUME"),
            },
            Way.SHOWN,
        ),
        ({"sop_class_uid": uid.RTPlanStorage, "has_rows": False}, Way.NO_PICTURE),
        ({"has_rows": False}, Way.NO_PICTURE),
    ],
)
def test_the_class_and_its_flags_decide(given, way):
    assert decide(like_ct(**given)).way is way


@pytest.mark.parametrize(
    ("sop_class", "symbol"),
    [
        (uid.EnhancedSRStorage, Symbol.REPORT),
        (uid.KeyObjectSelectionDocumentStorage, Symbol.KEY_OBJECTS),
        (uid.GrayscaleSoftcopyPresentationStateStorage, Symbol.PRESENTATION),
        (uid.RTPlanStorage, Symbol.PLAN),
        (uid.RTStructureSetStorage, Symbol.STRUCTURES),
        (uid.EncapsulatedPDFStorage, Symbol.DOCUMENT),
        ("1.2.3", Symbol.DATA),
    ],
)
def test_objects_without_a_picture_have_a_symbol_of_their_kind(sop_class, symbol):
    assert decide(Picture(sop_class_uid=sop_class)).symbol is symbol


@pytest.mark.parametrize(
    ("given", "flagged"),
    [
        ({"body_part": "HEAD"}, True),
        ({"descriptions": "T1 BRAIN"}, True),
        ({"body_part": "HEAD", "modality": "DX"}, False),
        ({"body_part": "CHEST"}, False),
    ],
)
def test_slices_of_a_head_are_flagged(given, flagged):
    assert decide(like_ct(**given)).may_show_face is flagged


def test_every_precaution_gives_a_reason_and_the_strictest_come_first():
    ways = [precaution.way for precaution in PRECAUTIONS]
    assert ways == sorted(ways, key=[Way.BLOCKED, Way.BLURRED].index)
    assert all(precaution.reason.endswith(".") for precaution in PRECAUTIONS)


def test_a_picture_is_read_alike_from_the_catalogue_and_whatever_case_a_file_writes():
    header: dict[str, dict[str, Any]] = {
        "00080016": {"vr": "UI", "Value": [str(uid.CTImageStorage)]},
        "00080008": {"vr": "CS", "Value": ["original", "PRIMARY "]},
        "00280010": {"vr": "US", "Value": [512]},
        "00280301": {"vr": "CS", "Value": ["yes"]},
    }
    found = Picture.of_header(header)
    assert (found.image_type, found.burned_in_annotation, found.has_rows) == (
        ("ORIGINAL", "PRIMARY"),
        "YES",
        True,
    )
