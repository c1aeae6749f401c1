"""Series of single-frame images and ultrasound loops: CT, MR, PT, US, MG, DX, CR and screen captures."""

from collections.abc import Mapping
from random import Random
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from catalog.synthesis.burn import Style, burn
from catalog.synthesis.chance import chance, uid
from catalog.synthesis.draft import Frames, Instance, Plant, Series, Study, frame_count, is_colour
from catalog.synthesis.fill import code, fill
from catalog.synthesis.modules import SERIES_SPACING, new_series, reference
from catalog.synthesis.pixels import PHANTOMS
from catalog.synthesis.plan import Visit
from catalog.synthesis.private import add_private
from catalog.synthesis.tables import table

SOP_CLASSES = {
    "CR": "1.2.840.10008.5.1.4.1.1.1",
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "DX": "1.2.840.10008.5.1.4.1.1.1.1",
    "MG": "1.2.840.10008.5.1.4.1.1.1.2",
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "OT": "1.2.840.10008.5.1.4.1.1.7",
    "PT": "1.2.840.10008.5.1.4.1.1.128",
    "US": "1.2.840.10008.5.1.4.1.1.6.1",
    "US cine": "1.2.840.10008.5.1.4.1.1.3.1",
}
MG_VIEWS = (("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO"))
MG_VIEW_CODES = {
    "CC": ("R-10242", "SRT", "cranio-caudal"),
    "MLO": ("R-10226", "SRT", "medio-lateral oblique"),
}
SPACING = 5.0


def image_series(study: Study, spec: Mapping[str, Any], number: int) -> Series:
    """Build a series of pictures of one phantom."""
    visit = study.visit
    series = new_series(visit, spec, number, visit.device)
    draw = chance(visit.seed, "images", visit.index, spec["key"])
    files = draw.randint(*spec["files"])
    pictures = [_picture(spec, visit, at / max(1, files - 1), draw) for at in range(files)]
    _headers(series, study, spec, pictures[0], draw)
    for index, frames in enumerate(pictures):
        series.instances.append(image_instance(series, visit, spec, index, frames))
    if spec.get("banner"):
        _banner(series, visit)
    return series


def build_of(visit: Visit) -> float:
    """How wide this patient is, from 0.9 to 1."""
    return 0.9 + 0.1 * chance(visit.seed, "build", visit.patient.index).random()


def slice_at(index: int, count: int) -> float:
    """Where in the body a slice lies, from 0 to 1."""
    return index / max(1, count - 1)


def image_pixel_module(shared: Dataset, frames: Frames, bits_stored: int, syntax: str) -> None:
    """Describe the pixels (PS3.3 C.7.6.3)."""
    colour = is_colour(frames)
    shared.SamplesPerPixel = 3 if colour else 1
    shared.PhotometricInterpretation = (
        ("YBR_FULL_422" if syntax == "jpeg" else "RGB") if colour else "MONOCHROME2"
    )
    if colour:
        shared.PlanarConfiguration = 0
    shared.Rows, shared.Columns = _rows_and_columns(frames)
    shared.BitsAllocated = frames.dtype.itemsize * 8
    shared.BitsStored = bits_stored
    shared.HighBit = bits_stored - 1
    shared.PixelRepresentation = 0


def _rows_and_columns(frames: Frames) -> tuple[int, int]:
    shape = frames.shape[:-1] if is_colour(frames) else frames.shape
    return shape[-2], shape[-1]


def _picture(spec: Mapping[str, Any], visit: Visit, at: float, draw: Random) -> Frames:
    phantom, build = PHANTOMS[spec["phantom"]], build_of(visit)
    if "frames" in spec:
        return np.stack([phantom(step / spec["frames"], build, draw) for step in range(spec["frames"])])
    frame = phantom(at, build, draw)
    return np.stack([frame] * 3, axis=-1) if frame.dtype == np.uint8 else frame


def _headers(series: Series, study: Study, spec: Mapping[str, Any], frames: Frames, draw: Random) -> None:
    shared, visit, modality = series.shared, study.visit, spec["modality"]
    cine = frame_count(frames) > 1
    shared.SOPClassUID = SOP_CLASSES["US cine" if cine else modality]
    fill(shared, table("headers")[modality], draw)
    image_pixel_module(shared, frames, _bits_stored(modality, frames), series.syntax)
    if modality not in ("US", "OT"):
        shared.FrameOfReferenceUID = visit.frame_uid
    if not spec.get("projection"):
        _geometry(shared, spec)
        _localizer_reference(shared, study, spec)
    if cine:
        shared.NumberOfFrames = str(frame_count(frames))
        shared.FrameIncrementPointer = 0x00181063
    if series.syntax == "jpeg":
        shared.LossyImageCompression = "01"
        shared.LossyImageCompressionRatio = "8.5"
        shared.LossyImageCompressionMethod = "ISO_10918_1"
    add_private(shared, visit.device["private"], _private_facts(series, visit), varying=False)


def _bits_stored(modality: str, frames: Frames) -> int:
    return 8 if frames.dtype == np.uint8 else {"CR": 10, "PT": 16}.get(modality, 12)


def _geometry(shared: Dataset, spec: Mapping[str, Any]) -> None:
    spacing = 230.0 if spec["modality"] == "MR" else 360.0
    shared.PixelSpacing = [f"{spacing / 128:.6f}"] * 2
    shared.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    if spec.get("localizer"):
        kind = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
        shared.ImageType = kind
        shared.ImageOrientationPatient = ["1", "0", "0", "0", "0", "-1"]
    elif spec["phantom"] == "knee":
        shared.ImageOrientationPatient = ["0", "1", "0", "0", "0", "-1"]


def _localizer_reference(shared: Dataset, study: Study, spec: Mapping[str, Any]) -> None:
    """Every slice points at the scout that it was planned on."""
    scouts = [series for series in study.series if series.key == "scout"]
    if scouts and not spec.get("localizer"):
        scout = scouts[0]
        target = reference(scout.shared.SOPClassUID, scout.instances[0].sop_uid)
        target.PurposeOfReferenceCodeSequence = Sequence([code("121311", "DCM", "Localizer")])
        shared.ReferencedImageSequence = [target]


def image_instance(
    series: Series, visit: Visit, spec: Mapping[str, Any], index: int, frames: Frames
) -> Instance:
    """One file of a series: what differs from its neighbours."""
    own = Dataset()
    clock = visit.clock(series.shared.SeriesNumber * SERIES_SPACING + index * 1.25)
    own.SOPInstanceUID = uid(series.device["uid_root"], visit.seed, "image", visit.index, spec["key"], index)
    own.InstanceNumber = str(index + 1)
    own.AcquisitionTime = own.ContentTime = own.InstanceCreationTime = clock
    own.AcquisitionNumber = str(index + 1)
    if not is_colour(frames) and frames.dtype != np.uint8:
        own.add_new(0x00280106, "US", int(frames.min()))
        own.add_new(0x00280107, "US", int(frames.max()))
    position = _position(own, spec, index)
    if spec["modality"] == "CT":
        own.XRayTubeCurrent = str(180 + index * 7 % 60)
        own.Exposure = str(80 + index * 5 % 40)
    elif spec["modality"] == "PT":
        own.ImageIndex = index + 1
        own.DecayFactor = f"{1.3 + index / 1000:.4f}"
    elif spec["modality"] == "MG":
        _mammography_view(own, index)
    facts = _private_facts(series, visit) | {
        "number": index + 1,
        "position": position,
        "clock": float(clock[4:]),
    }
    add_private(own, visit.device["private"], facts, varying=True)
    return Instance(own=own, frames=frames)


def _position(own: Dataset, spec: Mapping[str, Any], index: int) -> float:
    if spec.get("projection"):
        return float(index)
    at = round(-600.0 + index * SPACING, 2)
    corner = {"knee": [f"{at + 540}", "-115", "115"]}.get(spec["phantom"], ["-180", "-180", f"{at}"])
    own.ImagePositionPatient = corner
    own.SliceLocation = f"{at}"
    return at


def _mammography_view(own: Dataset, index: int) -> None:
    side, view = MG_VIEWS[index % 4]
    own.ImageLaterality = side
    own.ViewPosition = view
    own.ViewCodeSequence = [code(*MG_VIEW_CODES[view])]
    own.PositionerPrimaryAngle = "0" if view == "CC" else "45"


def _private_facts(series: Series, visit: Visit) -> dict[str, object]:
    return {"epoch": visit.epoch, "serial": series.device["serial"], "series_uid": series.uid}


def _banner(series: Series, visit: Visit) -> None:
    """Ultrasound machines and protocol sheets print who the patient is into every picture."""
    text = f"{visit.patient.ascii_name} {visit.mrn}\n{visit.site['name'][:22]} {visit.day:%d.%m.%Y}"
    series.shared.BurnedInAnnotation = "YES"
    for number, instance in enumerate(series.instances):
        limit = 2**series.shared.BitsStored - 1
        boxes = [burn(frame, text, Style(0.9, 0.05), limit) for frame in instance.pictures]
        case = 101 if series.syntax == "jpeg" else 93
        where = {"bbox": boxes[0], "frame": "all", "variant": "corner banner"}
        plant = Plant(
            "7FE00010", "pixels", "", "A", text, visit.patient.ascii_name, case == 101, case, number, where
        )
        series.plants.append(plant)
