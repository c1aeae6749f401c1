"""Drawing one frame of an object as a small WebP: pure, in the process that the limits hold for."""

import io
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

import numpy as np
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from catalog.thumbnails.policy import COMPUTED, LOOKS_WRITTEN, Picture, Way, decide, revealed
from catalog.thumbnails.windows import Pixels, grey_levels
from catalog.thumbnails.writing import shows_writing

LARGEST_SIDE = 256
# What is sent of a blurred picture holds no more than this, and a tenth of its pixels a side: letters of
# twenty pixels are two pixels high then.
BLURRED_SIDE = 48
_BLUR = 10
_FEWEST_LEFT = 12
_MOST_SAMPLES = 64 * 2**20
_MOST_DEFLATED_BYTES = 64 * 2**20
_WORKING_SIDE = 768
_WEBP_QUALITY = 80


class Failure(StrEnum):
    """Why there is no picture although there should be one."""

    NO_DECODER = "no decoder"
    NO_PIXELS = "no pixels"
    DAMAGED = "damaged"
    TOO_LARGE = "too large"
    TOO_SLOW = "too slow"
    CHANGED = "changed"
    GONE = "gone"
    BLOCKED = "blocked"


class Undrawable(Exception):
    """A picture that cannot be drawn; `about` names the transfer syntax where that is the reason, never a value."""

    def __init__(self, failure: Failure, about: str = "") -> None:
        super().__init__(failure.value)
        self.failure = failure
        self.about = about


@dataclass(frozen=True, slots=True)
class Drawn:
    """A thumbnail: WebP, how it was drawn, and why so."""

    content: bytes
    way: Way
    reason: str


def draw(stream: BinaryIO, *, sop_instance_uid: str, at_least: Way, is_revealed: bool = False) -> Drawn:
    """Draw the middle frame of the object in `stream`, no more openly than `at_least`.

    The policy is applied again to what the file says now, which may differ from what the catalogue knows; under a
    lens (`is_revealed`) it blurs nothing and blocks as ever.
    Raises Undrawable; OSError when the file cannot be read.
    """
    try:
        return _draw(stream, sop_instance_uid, at_least, is_revealed)
    except (Undrawable, MemoryError, OSError):
        raise
    except Exception as error:  # pydicom and decoders raise anything; none of it may leave with its text
        raise Undrawable(Failure.DAMAGED) from error


def _draw(stream: BinaryIO, sop_instance_uid: str, at_least: Way, is_revealed: bool) -> Drawn:
    ds = dcmread(stream, stop_before_pixels=True, force=True)
    if str(ds.get("SOPInstanceUID", "")) != sop_instance_uid:
        raise Undrawable(Failure.CHANGED)
    decision = revealed(decide(_picture(ds))) if is_revealed else decide(_picture(ds))
    way = decision.way.stricter(at_least)
    if way not in {Way.SHOWN, Way.BLURRED}:
        raise Undrawable(Failure.BLOCKED if way is Way.BLOCKED else Failure.NO_PIXELS)
    frame = max(int(ds.get("NumberOfFrames") or 1), 1) // 2
    image = _image(_pixels(stream, ds, frame), ds, frame)
    may_be_written = way is Way.SHOWN and not is_revealed and ds.SOPClassUID not in COMPUTED
    if may_be_written and shows_writing(image):
        return Drawn(_webp(_blurred(image, max(ds.Rows, ds.Columns))), Way.BLURRED, LOOKS_WRITTEN)
    if way is Way.BLURRED:
        image = _blurred(image, max(ds.Rows, ds.Columns))
    return Drawn(_webp(image), way, decision.reason)


def _picture(ds: Dataset) -> Picture:
    def texts(key: str) -> list[str]:
        value = ds[int(key, 16)].value if int(key, 16) in ds else None
        return (
            [str(one) for one in value]
            if isinstance(value, MultiValue)
            else []
            if value is None
            else [str(value)]
        )

    return Picture.of(texts)


def _pixels(stream: BinaryIO, ds: Dataset, frame: int) -> Pixels:
    """Return one frame's stored values; nothing but that frame is read where the syntax allows it."""
    if int(ds.Rows) * int(ds.Columns) * int(ds.get("SamplesPerPixel") or 1) > _MOST_SAMPLES:
        raise Undrawable(Failure.TOO_LARGE)
    syntax = _transfer_syntax(ds)
    stream.seek(0)
    if syntax == DeflatedExplicitVRLittleEndian:
        return pixel_array(_inflated(stream), index=frame)
    if not syntax.is_transfer_syntax or not get_decoder(syntax).is_available:
        raise Undrawable(Failure.NO_DECODER, syntax.name if syntax.is_transfer_syntax else "")
    try:
        return pixel_array(stream, index=frame, transfer_syntax_uid=syntax)
    except AttributeError as error:
        raise Undrawable(Failure.NO_PIXELS) from error
    except RuntimeError as error:
        # Pillow reads the 8-bit half of JPEG Extended only, and says so when it meets the other.
        lacking = "does not support" in str(error)
        raise Undrawable(
            Failure.NO_DECODER if lacking else Failure.DAMAGED, syntax.name if lacking else ""
        ) from error


def _transfer_syntax(ds: Dataset) -> UID:
    named = ds.file_meta.get("TransferSyntaxUID") if hasattr(ds, "file_meta") else None
    if named:
        return UID(named)
    implicit, little = ds.original_encoding
    return ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian if little else ExplicitVRBigEndian


def _inflated(stream: BinaryIO) -> Dataset:
    if stream.seek(0, io.SEEK_END) > _MOST_DEFLATED_BYTES:
        raise Undrawable(Failure.TOO_LARGE)
    stream.seek(0)
    return dcmread(stream)


def _image(stored: Pixels, ds: Dataset, frame: int) -> Image.Image:
    # Fine detail is lost anyway; what is not needed is left out before the costly part.
    step = max(1, min(stored.shape[0], stored.shape[1]) // _WORKING_SIDE)
    stored = stored[::step, ::step]
    if ds.get("PhotometricInterpretation") == "PALETTE COLOR":
        levels = _eight_bits(apply_color_lut(stored, ds), 16)
    elif stored.ndim == 3:
        levels = _eight_bits(stored, int(ds.get("BitsStored") or 8))
    else:
        levels = grey_levels(_without_unused_bits(stored, ds), ds, frame)
    image = Image.fromarray(levels)
    return image.resize(_true_size(image.size, _pixel_ratio(ds)))


def _eight_bits(values: Pixels, bits: int) -> Pixels:
    return (
        values.astype(np.uint8) if values.dtype == np.uint8 else (values >> max(bits - 8, 0)).astype(np.uint8)
    )


def _without_unused_bits(stored: Pixels, ds: Dataset) -> Pixels:
    """Old devices keep overlays, so text, in the bits above those stored (PS3.5 section 8.1.2)."""
    bits = int(ds.get("BitsStored") or 0)
    if stored.dtype.kind != "u" or not 0 < bits < stored.dtype.itemsize * 8:
        return stored
    kept: Pixels = stored & np.asarray((1 << bits) - 1, stored.dtype)
    return kept


def _pixel_ratio(ds: Dataset) -> float:
    """Return how much taller than wide a pixel is (PixelSpacing and PixelAspectRatio: row first)."""
    spacing = ds.get("PixelSpacing") or ds.get("ImagerPixelSpacing") or ds.get("PixelAspectRatio")
    try:
        ratio = float(spacing[0]) / float(spacing[1])
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        return 1.0
    return ratio if 0.1 < ratio < 10 else 1.0


def _true_size(size: tuple[int, int], ratio: float) -> tuple[int, int]:
    width, height = size[0], size[1] * ratio
    scale = LARGEST_SIDE / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _blurred(image: Image.Image, original_side: int) -> Image.Image:
    """Take away what could be read; in a small picture ordinary letters are large, so less is left of it."""
    side = max(_FEWEST_LEFT, min(BLURRED_SIDE, original_side // _BLUR))
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    return small.resize(image.size, Image.Resampling.BICUBIC)


def _webp(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "WEBP", quality=_WEBP_QUALITY)
    return stream.getvalue()
