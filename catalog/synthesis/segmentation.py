"""Segmentations of a CT: a binary object with one frame for each source slice (PS3.3 A.51)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from catalog.synthesis.chance import uid
from catalog.synthesis.draft import Instance, Series, Study
from catalog.synthesis.evidence import referenced_series, source_image
from catalog.synthesis.fill import code, item
from catalog.synthesis.images import slice_at
from catalog.synthesis.modules import new_series
from catalog.synthesis.pixels import organ_mask
from catalog.synthesis.tables import table

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.66.4"
ORGANS = {"Liver segmentation": ("T-62000", "SRT", "Liver"), "Lung segmentation": ("T-28000", "SRT", "Lung")}


def segmentation_series(study: Study, spec: Mapping[str, Any], number: int) -> Series:
    """Build the segmentation of the series that the recipe names."""
    visit, source = study.visit, study.by_key(spec["of"])
    series = new_series(visit, spec, number, table("scanners")["workstations"]["segmenter"])
    phantom = next(row["phantom"] for row in visit.recipe["series"] if row["key"] == spec["of"])
    places = _places(source)
    masks = np.stack([organ_mask(phantom, slice_at(at, len(places))) for at in range(len(places))])
    _headers(series.shared, source, spec, visit.frame_uid, len(places))
    own = Dataset()
    own.SOPInstanceUID = uid(series.device["uid_root"], visit.seed, "seg", visit.index)
    own.InstanceNumber = "1"
    own.ContentTime = own.InstanceCreationTime = visit.clock(1900)
    series.shared.PerFrameFunctionalGroupsSequence = [
        _frame(source, instance, frame, at) for at, (instance, frame) in enumerate(places)
    ]
    series.instances.append(Instance(own=own, frames=masks))
    return series


def _places(source: Series) -> list[tuple[Instance, int]]:
    """Each source slice as (object, frame number within it)."""
    return [
        (instance, frame) for instance in source.instances for frame in range(1, 1 + len(instance.pictures))
    ]


def _headers(shared: Dataset, source: Series, spec: Mapping[str, Any], frame_uid: str, frames: int) -> None:
    organ = ORGANS[spec["description"]]
    shared.SOPClassUID = SOP_CLASS
    shared.ImageType = ["DERIVED", "PRIMARY"]
    shared.SegmentationType = "BINARY"
    shared.ContentLabel = "SEGMENTATION"
    shared.ContentDescription = f"{organ[2]} by OrganSeg"
    shared.ContentCreatorName = "OrganSeg^Model"
    shared.FrameOfReferenceUID = frame_uid
    shared.PositionReferenceIndicator = ""
    shared.SamplesPerPixel, shared.PhotometricInterpretation = 1, "MONOCHROME2"
    shared.Rows, shared.Columns = source.shared.Rows, source.shared.Columns
    shared.BitsAllocated, shared.BitsStored, shared.HighBit, shared.PixelRepresentation = 1, 1, 0, 0
    shared.LossyImageCompression = "00"
    shared.NumberOfFrames = str(frames)
    shared.SegmentSequence = [
        item(
            SegmentNumber=1,
            SegmentLabel=organ[2],
            SegmentAlgorithmType="AUTOMATIC",
            SegmentAlgorithmName="OrganSeg 2.3.1",
            TrackingID=f"{organ[2]}-1",
            TrackingUID=uid("1.2.826.0.1.3680043.8.42", source.uid, "tracking"),
            SegmentedPropertyCategoryCodeSequence=[code("T-D0050", "SRT", "Tissue")],
            SegmentedPropertyTypeCodeSequence=[code(*organ)],
        )
    ]
    shared.SharedFunctionalGroupsSequence = [
        item(
            PixelMeasuresSequence=[item(PixelSpacing=["2.8125", "2.8125"], SliceThickness="5")],
            PlaneOrientationSequence=[item(ImageOrientationPatient=["1", "0", "0", "0", "1", "0"])],
            SegmentIdentificationSequence=[item(ReferencedSegmentNumber=1)],
        )
    ]
    shared.ReferencedSeriesSequence = [
        referenced_series(source, source.instances, "ReferencedInstanceSequence")
    ]


def _frame(source: Series, instance: Instance, frame: int, at: int) -> Dataset:
    target = source_image(source, instance)
    if instance.own.get("PerFrameFunctionalGroupsSequence"):
        target.ReferencedFrameNumber = str(frame)
    corner = instance.own.get("ImagePositionPatient", ["-115", "-115", str(at * 4.0)])
    return item(
        DerivationImageSequence=[
            item(SourceImageSequence=[target], DerivationCodeSequence=[code("113076", "DCM", "Segmentation")])
        ],
        FrameContentSequence=[item(DimensionIndexValues=[1, at + 1])],
        PlanePositionSequence=[item(ImagePositionPatient=list(map(str, corner)))],
    )
