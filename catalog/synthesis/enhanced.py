"""Enhanced CT and MR: one object of many frames, with functional groups (PS3.3 A.36, A.38)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from catalog.synthesis.chance import chance, uid
from catalog.synthesis.draft import Frames, Instance, Series, Study
from catalog.synthesis.fill import code, fill, item
from catalog.synthesis.images import build_of, image_pixel_module, slice_at
from catalog.synthesis.modules import new_series
from catalog.synthesis.pixels import PHANTOMS
from catalog.synthesis.plan import Visit
from catalog.synthesis.private import add_private
from catalog.synthesis.tables import table

SOP_CLASSES = {"CT": "1.2.840.10008.5.1.4.1.1.2.1", "MR": "1.2.840.10008.5.1.4.1.1.4.1"}
SPACING = 4.0


def enhanced_series(study: Study, spec: Mapping[str, Any], number: int) -> Series:
    """Build a series of one or two multi-frame objects."""
    visit = study.visit
    series = new_series(visit, spec, number, visit.device)
    draw = chance(visit.seed, "enhanced", visit.index, spec["key"])
    for index in range(draw.randint(*spec["files"])):
        count = spec["frames"]
        phantom = PHANTOMS[spec["phantom"]]
        frames = np.stack([phantom(slice_at(at, count), build_of(visit), draw) for at in range(count)])
        if not series.instances:
            _headers(series, visit, spec, frames)
        series.instances.append(_instance(series, visit, spec, index, frames))
    return series


def _headers(series: Series, visit: Visit, spec: Mapping[str, Any], frames: Frames) -> None:
    shared, modality = series.shared, spec["modality"]
    shared.SOPClassUID = SOP_CLASSES[modality]
    fill(shared, table("headers")[f"enhanced_{modality}"], chance(visit.seed, "header", visit.index))
    image_pixel_module(shared, frames, 12, series.syntax)
    shared.NumberOfFrames = str(len(frames))
    shared.FrameOfReferenceUID = visit.frame_uid
    dimension = uid(series.device["uid_root"], visit.seed, "dimension", visit.index, spec["key"])
    shared.DimensionOrganizationSequence = [item(DimensionOrganizationUID=dimension)]
    shared.DimensionIndexSequence = [
        item(
            DimensionOrganizationUID=dimension,
            DimensionIndexPointer=0x00209057,
            FunctionalGroupPointer=0x00209111,
        )
    ]
    shared.SharedFunctionalGroupsSequence = [_shared_groups(visit, spec)]
    facts = {"number": 1, "position": 0.0, "clock": 0.0, "epoch": 0, "series_uid": series.uid}
    add_private(shared, visit.device["private"], facts, varying=False)


def _shared_groups(visit: Visit, spec: Mapping[str, Any]) -> Dataset:
    groups = item(
        PixelMeasuresSequence=[
            item(PixelSpacing=["1.8", "1.8"], SliceThickness="4", SpacingBetweenSlices="4")
        ],
        PlaneOrientationSequence=[item(ImageOrientationPatient=["1", "0", "0", "0", "1", "0"])],
        FrameAnatomySequence=[
            item(
                FrameLaterality="U",
                AnatomicRegionSequence=[code("T-D0010", "SRT", visit.recipe["body_part"].title())],
            )
        ],
        FrameVOILUTSequence=[item(WindowCenter="600", WindowWidth="1300")],
    )
    if spec["modality"] == "CT":
        groups.PixelValueTransformationSequence = [
            item(RescaleIntercept="-1024", RescaleSlope="1", RescaleType="HU")
        ]
        groups.FrameVOILUTSequence = [item(WindowCenter="50", WindowWidth="400")]
        groups.CTAcquisitionTypeSequence = [
            item(AcquisitionType="SPIRAL", ConstantVolumeFlag="NO", FluoroscopyFlag="NO")
        ]
        groups.CTXRayDetailsSequence = [item(KVP="120", FilterType="FLAT", FocalSpots="0.9")]
        groups.CTImageFrameTypeSequence = [_frame_type("VOLUME")]
    else:
        groups.MRTimingAndRelatedParametersSequence = [
            item(RepetitionTime="3300", FlipAngle="90", EchoTrainLength="47")
        ]
        groups.MRImageFrameTypeSequence = [_frame_type("DIFFUSION")]
        groups.MRReceiveCoilSequence = [
            item(ReceiveCoilName="HEAD32", ReceiveCoilType="MULTICOIL", QuadratureReceiveCoil="NO")
        ]
    return groups


def _frame_type(flavour: str) -> Dataset:
    return item(
        FrameType=["ORIGINAL", "PRIMARY", flavour, "NONE"],
        PixelPresentation="MONOCHROME",
        VolumetricProperties="VOLUME",
        VolumeBasedCalculationTechnique="NONE",
    )


def _instance(series: Series, visit: Visit, spec: Mapping[str, Any], index: int, frames: Frames) -> Instance:
    own = Dataset()
    clock = visit.clock(240 + index * 60)
    own.SOPInstanceUID = uid(
        series.device["uid_root"], visit.seed, "enhanced", visit.index, spec["key"], index
    )
    own.InstanceNumber = str(index + 1)
    own.ContentTime = own.InstanceCreationTime = clock
    own.AcquisitionDateTime = f"{visit.da}{clock}"
    own.AcquisitionNumber = str(index + 1)
    own.PerFrameFunctionalGroupsSequence = [_frame(visit, at, clock) for at in range(len(frames))]
    return Instance(own=own, frames=frames)


def _frame(visit: Visit, at: int, clock: str) -> Dataset:
    return item(
        FrameContentSequence=[
            item(
                FrameAcquisitionNumber=1,
                FrameReferenceDateTime=f"{visit.da}{clock}",
                FrameAcquisitionDateTime=f"{visit.da}{clock}",
                FrameAcquisitionDuration=120.0,
                DimensionIndexValues=[at + 1],
                StackID="1",
                InStackPositionNumber=at + 1,
            )
        ],
        PlanePositionSequence=[item(ImagePositionPatient=["-115", "-115", f"{at * SPACING}"])],
    )
