"""Grayscale presentation states: a reader's marks on an image (PS3.3 A.33)."""

from collections.abc import Mapping
from typing import Any

from pydicom.dataset import Dataset

from catalog.synthesis.chance import uid
from catalog.synthesis.draft import Instance, Plant, Series, Study
from catalog.synthesis.evidence import referenced_series
from catalog.synthesis.fill import item
from catalog.synthesis.modules import new_series, reference, staff
from catalog.synthesis.tables import table

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.11.1"


def presentation_series(study: Study, spec: Mapping[str, Any], number: int) -> Series:
    """Build a presentation state whose annotation names the patient."""
    visit, source = study.visit, study.by_key(spec["of"])
    series = new_series(visit, spec, number, table("scanners")["workstations"]["pacs"])
    shared, marked = series.shared, source.instances[:1]
    note = f"compare {visit.patient.family} {visit.day.year - 2}"
    shared.SOPClassUID = SOP_CLASS
    shared.ContentLabel = "MARKS"
    shared.ContentDescription = "Marks for the report"
    shared.PresentationCreationDate = visit.da
    shared.PresentationCreationTime = visit.clock(2400)
    shared.ContentCreatorName = staff("staff", visit.seed, visit.index, "reads")
    shared.ReferencedSeriesSequence = [referenced_series(source, marked, "ReferencedImageSequence")]
    shared.PresentationLUTShape = "IDENTITY"
    shared.DisplayedAreaSelectionSequence = [_displayed_area(source)]
    shared.GraphicLayerSequence = [item(GraphicLayer="LAYER1", GraphicLayerOrder="1")]
    shared.GraphicAnnotationSequence = [_annotation(source, marked[0], note)]
    shared.SoftcopyVOILUTSequence = [item(WindowCenter="2047", WindowWidth="4096")]
    own = Dataset()
    own.SOPInstanceUID = uid(series.device["uid_root"], visit.seed, "pr", visit.index)
    own.InstanceNumber = "1"
    own.InstanceCreationTime = visit.clock(2400)
    series.instances.append(Instance(own=own))
    path = "00700001[0].00700008[0].00700006"
    series.plants.append(Plant(path, "graphic_text", "ST", "A", note, visit.patient.family, True, 65))
    return series


def _displayed_area(source: Series) -> Dataset:
    return item(
        DisplayedAreaTopLeftHandCorner=[1, 1],
        DisplayedAreaBottomRightHandCorner=[source.shared.Columns, source.shared.Rows],
        PresentationSizeMode="SCALE TO FIT",
        PresentationPixelAspectRatio=["1", "1"],
    )


def _annotation(source: Series, marked: Instance, note: str) -> Dataset:
    return item(
        GraphicLayer="LAYER1",
        ReferencedImageSequence=[reference(source.shared.SOPClassUID, marked.sop_uid)],
        TextObjectSequence=[
            item(
                BoundingBoxAnnotationUnits="PIXEL",
                UnformattedTextValue=note,
                BoundingBoxTopLeftHandCorner=[10.0, 10.0],
                BoundingBoxBottomRightHandCorner=[90.0, 24.0],
                BoundingBoxTextHorizontalJustification="LEFT",
            )
        ],
        GraphicObjectSequence=[
            item(
                GraphicAnnotationUnits="PIXEL",
                GraphicDimensions=2,
                NumberOfGraphicPoints=2,
                GraphicData=[40.0, 40.0, 60.0, 60.0],
                GraphicType="CIRCLE",
                GraphicFilled="N",
            )
        ],
    )
