"""The chain of a treatment plan: CT → structures → plan → dose (PS3.3 A.18 to A.20)."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from catalog.synthesis.chance import uid
from catalog.synthesis.draft import Instance, Series, Study
from catalog.synthesis.fill import item
from catalog.synthesis.modules import new_series, reference, staff
from catalog.synthesis.pixels import ellipse
from catalog.synthesis.tables import table

SOP_CLASSES = {
    "RTDOSE": "1.2.840.10008.5.1.4.1.1.481.2",
    "RTSTRUCT": "1.2.840.10008.5.1.4.1.1.481.3",
    "RTPLAN": "1.2.840.10008.5.1.4.1.1.481.5",
}
ROIS = (
    ("BODY", "EXTERNAL", ["0", "255", "0"], 150.0),
    ("PTV_60", "PTV", ["255", "0", "0"], 38.0),
    ("Bladder", "ORGAN", ["255", "255", "0"], 24.0),
)
STUDY_MANAGEMENT = "1.2.840.10008.3.1.2.3.1"


def structure_series(study: Study, spec: Mapping[str, Any], number: int) -> Series:
    """Build the structure set drawn on the planning CT."""
    series, ct = _start(study, spec, number), study.by_key(spec["of"])
    shared, visit = series.shared, study.visit
    shared.StructureSetLabel = "Pelvis"
    shared.StructureSetName = "Planning structures"
    shared.StructureSetDate, shared.StructureSetTime = visit.da, visit.clock(4000)
    images = [reference(ct.shared.SOPClassUID, instance.sop_uid) for instance in ct.instances]
    shared.ReferencedFrameOfReferenceSequence = [
        item(
            FrameOfReferenceUID=visit.frame_uid,
            RTReferencedStudySequence=[
                item(
                    ReferencedSOPClassUID=STUDY_MANAGEMENT,
                    ReferencedSOPInstanceUID=visit.study_uid,
                    RTReferencedSeriesSequence=[item(SeriesInstanceUID=ct.uid, ContourImageSequence=images)],
                )
            ],
        )
    ]
    shared.StructureSetROISequence = [
        item(
            ROINumber=str(n),
            ReferencedFrameOfReferenceUID=visit.frame_uid,
            ROIName=roi[0],
            ROIGenerationAlgorithm="MANUAL",
        )
        for n, roi in enumerate(ROIS, 1)
    ]
    shared.ROIContourSequence = [
        item(ROIDisplayColor=roi[2], ReferencedROINumber=str(n), ContourSequence=_contours(ct, roi[3]))
        for n, roi in enumerate(ROIS, 1)
    ]
    shared.RTROIObservationsSequence = [
        item(
            ObservationNumber=str(n),
            ReferencedROINumber=str(n),
            RTROIInterpretedType=roi[1],
            ROIInterpreter="",
        )
        for n, roi in enumerate(ROIS, 1)
    ]
    shared.ApprovalStatus = "APPROVED"
    shared.ReviewDate, shared.ReviewTime = visit.da, visit.clock(4200)
    shared.ReviewerName = staff("staff", visit.seed, visit.index, "approves")
    return series


def plan_series(study: Study, spec: Mapping[str, Any], number: int) -> Series:
    """Build the plan that treats the structure set."""
    series, structures = _start(study, spec, number), study.by_key(spec["of"])
    shared, visit = series.shared, study.visit
    shared.RTPlanLabel = "Pelvis_VMAT"
    shared.RTPlanName = "VMAT 60 Gy"
    shared.RTPlanDate, shared.RTPlanTime = visit.da, visit.clock(6000)
    shared.RTPlanGeometry = "PATIENT"
    shared.ReferencedStructureSetSequence = [
        reference(SOP_CLASSES["RTSTRUCT"], structures.instances[0].sop_uid)
    ]
    shared.FractionGroupSequence = [
        item(
            FractionGroupNumber="1",
            NumberOfFractionsPlanned="30",
            NumberOfBeams="2",
            NumberOfBrachyApplicationSetups="0",
            ReferencedBeamSequence=[
                item(BeamDose="1", BeamMeterset="320.5", ReferencedBeamNumber=str(n)) for n in (1, 2)
            ],
        )
    ]
    shared.BeamSequence = [_beam(n) for n in (1, 2)]
    shared.PatientSetupSequence = [item(PatientSetupNumber="1", PatientPosition="HFS")]
    shared.ApprovalStatus = "APPROVED"
    shared.ReviewDate, shared.ReviewTime = visit.da, visit.clock(6600)
    shared.ReviewerName = staff("staff", visit.seed, visit.index, "approves")
    return series


def dose_series(study: Study, spec: Mapping[str, Any], number: int) -> Series:
    """Build the dose that the plan gives."""
    series, plan = _start(study, spec, number), study.by_key(spec["of"])
    shared, size, planes = series.shared, 64, 12
    shared.FrameOfReferenceUID = study.visit.frame_uid
    shared.DoseUnits, shared.DoseType, shared.DoseSummationType = "GY", "PHYSICAL", "PLAN"
    shared.DoseGridScaling = "0.001"
    shared.ReferencedRTPlanSequence = [reference(SOP_CLASSES["RTPLAN"], plan.instances[0].sop_uid)]
    shared.SamplesPerPixel, shared.PhotometricInterpretation = 1, "MONOCHROME2"
    shared.Rows = shared.Columns = size
    shared.BitsAllocated, shared.BitsStored, shared.HighBit, shared.PixelRepresentation = 16, 16, 15, 0
    shared.NumberOfFrames = str(planes)
    shared.FrameIncrementPointer = 0x3004000C
    shared.GridFrameOffsetVector = [str(5 * n) for n in range(planes)]
    shared.ImagePositionPatient = ["-180", "-180", "-600"]
    shared.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    shared.PixelSpacing = ["5.625", "5.625"]
    shared.SliceThickness = "5"
    glow = np.zeros((planes, size, size), np.uint16)
    for plane in range(planes):
        for step in range(1, 9):
            glow[plane][ellipse((size, size), (0.0, 0.1), (0.09 * (9 - step), 0.07 * (9 - step)))] += 7000
    series.instances[0].frames = glow
    return series


def _start(study: Study, spec: Mapping[str, Any], number: int) -> Series:
    """A series of the planning system with its one object."""
    visit = study.visit
    series = new_series(visit, spec, number, table("scanners")["workstations"]["planning"])
    series.shared.SOPClassUID = SOP_CLASSES[spec["modality"]]
    own = Dataset()
    own.SOPInstanceUID = uid(series.device["uid_root"], visit.seed, spec["key"], visit.index)
    own.InstanceNumber = "1"
    own.ContentTime = own.InstanceCreationTime = visit.clock(3600 + 600 * number)
    series.instances.append(Instance(own=own))
    return series


def _contours(ct: Series, radius: float) -> list[Dataset]:
    return [
        item(
            ContourImageSequence=[reference(ct.shared.SOPClassUID, instance.sop_uid)],
            ContourGeometricType="CLOSED_PLANAR",
            NumberOfContourPoints="8",
            ContourData=_octagon(radius, str(instance.own.SliceLocation)),
        )
        for instance in ct.instances
    ]


def _octagon(radius: float, z: str) -> Sequence[str]:
    near = round(radius * 0.7071, 2)
    corners = (
        (radius, 0.0),
        (near, near),
        (0.0, radius),
        (-near, near),
        (-radius, 0.0),
        (-near, -near),
        (0.0, -radius),
        (near, -near),
    )
    return [text for x, y in corners for text in (str(x), str(y), z)]


def _beam(number: int) -> Dataset:
    return item(
        BeamNumber=str(number),
        BeamName=f"Arc {number}",
        BeamType="DYNAMIC",
        RadiationType="PHOTON",
        TreatmentDeliveryType="TREATMENT",
        TreatmentMachineName="TrueBeam1",
        PrimaryDosimeterUnit="MU",
        SourceAxisDistance="1000",
        NumberOfWedges="0",
        NumberOfCompensators="0",
        NumberOfBoli="0",
        NumberOfBlocks="0",
        FinalCumulativeMetersetWeight="1",
        NumberOfControlPoints="2",
        BeamLimitingDeviceSequence=[item(RTBeamLimitingDeviceType="ASYMX", NumberOfLeafJawPairs="1")],
        ControlPointSequence=[
            item(
                ControlPointIndex=str(n),
                NominalBeamEnergy="6",
                GantryAngle=str(181 - 2 * n),
                CumulativeMetersetWeight=str(n),
            )
            for n in (0, 1)
        ],
    )
