"""DICOM files with pictures that the tests know, and reading of what was drawn of them."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, generate_uid


def picture(pixels: Any, **attributes: Any) -> Dataset:
    """Build a CT image of 16-bit pixels, or what `attributes` make of it; several frames from three dimensions."""
    array = np.asarray(pixels)
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = CTImageStorage, generate_uid(), "CT"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.Rows, ds.Columns = array.shape[-2:]
    ds.BitsAllocated = ds.BitsStored = array.dtype.itemsize * 8
    ds.HighBit, ds.PixelRepresentation = ds.BitsStored - 1, 0
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    if array.ndim == 3:
        ds.NumberOfFrames = len(array)
    ds.PixelData = array.tobytes()
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return ds


def stream_of(ds: Dataset, syntax: UID = ExplicitVRLittleEndian) -> io.BytesIO:
    """Write a dataset as a file in memory."""
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds["PixelData"].VR = "OW"
    stream = io.BytesIO()
    ds.save_as(stream, enforce_file_format=True)
    stream.seek(0)
    return stream


def save(ds: Dataset, path: Path) -> Path:
    """Write a dataset to a file."""
    path.write_bytes(stream_of(ds).getvalue())
    return path


def opened(content: bytes) -> Image.Image:
    """Open what was drawn."""
    image = Image.open(io.BytesIO(content))
    assert image.format == "WEBP"
    return image


def levels(content: bytes) -> np.ndarray:
    """Return the grey levels of what was drawn."""
    return np.asarray(opened(content).convert("L"))


def ramp(side: int = 64) -> np.ndarray:
    """Return a picture that goes from dark to bright, from left to right."""
    return np.tile(np.linspace(0, 1000, side).astype(np.uint16), (side, 1))


def written(text: str, side: int = 256) -> np.ndarray:
    """Return a picture with a text burned in."""
    image = Image.new("L", (side, side), 40)
    ImageDraw.Draw(image).text((20, 100), text, fill=255, font_size=14)
    return np.asarray(image).astype(np.uint16) * 4
