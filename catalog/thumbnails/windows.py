"""From stored values to grey levels: modality LUT, VOI LUT or percentiles, inversion (PS3.3 C.11, C.7.6.16)."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_modality_lut, apply_voi

Pixels = NDArray[Any]

_DARKEST, _BRIGHTEST = 1.0, 99.0
# What a window must leave different for the picture to say something.
_FEWEST_LEVELS = 4


def grey_levels(stored: Pixels, ds: Dataset, frame: int) -> NDArray[np.uint8]:
    """Return 8-bit grey levels, white bright, of one frame's stored values."""
    values = apply_modality_lut(stored, _with_functional_groups(ds, frame)).astype(np.float32)
    levels = _by_voi(values, stored, _with_functional_groups(ds, frame))
    if levels is None or len(np.unique(levels[::4, ::4])) < _FEWEST_LEVELS:
        levels = _by_percentiles(values, stored != ds.get("PixelPaddingValue", None))
    return 255 - levels if _is_inverse(ds) else levels


def _with_functional_groups(ds: Dataset, frame: int) -> Dataset:
    """Return the rescaling and the window that hold for one frame, wherever the class keeps them."""
    found = Dataset()
    for keyword in ("RescaleSlope", "RescaleIntercept", "ModalityLUTSequence", "WindowCenter", "WindowWidth"):
        if keyword in ds:
            found[keyword] = ds[keyword]
    for keyword in ("VOILUTFunction", "VOILUTSequence", "PixelRepresentation", "BitsStored"):
        if keyword in ds:
            found[keyword] = ds[keyword]
    for group in _groups(ds, frame):
        for keyword in ("PixelValueTransformationSequence", "FrameVOILUTSequence"):
            for item in group.get(keyword, [])[:1]:
                found.update(item)
    return found


def _groups(ds: Dataset, frame: int) -> Sequence[Dataset]:
    per_frame = ds.get("PerFrameFunctionalGroupsSequence", [])
    return [*ds.get("SharedFunctionalGroupsSequence", [])[:1], *per_frame[frame : frame + 1]]


def _by_voi(values: Pixels, stored: Pixels, ds: Dataset) -> NDArray[np.uint8] | None:
    if ds.get("VOILUTSequence"):
        looked_up = apply_voi(stored, ds)
        return _stretch(looked_up, float(looked_up.min()), float(looked_up.max()))
    center, width = _first_number(ds.get("WindowCenter")), _first_number(ds.get("WindowWidth"))
    if center is None or width is None or width < 1:
        return None
    if ds.get("VOILUTFunction") == "SIGMOID":
        levels: NDArray[np.uint8] = (
            255 / (1 + np.exp(np.clip(-4 * (values - center) / width, -60, 60)))
        ).astype(np.uint8)
        return levels
    return _stretch(values, center - width / 2, center + width / 2)


def _by_percentiles(values: Pixels, wanted: Pixels) -> NDArray[np.uint8]:
    sample = values[wanted] if np.ndim(wanted) and wanted.any() else values
    low, high = (float(level) for level in np.percentile(sample, (_DARKEST, _BRIGHTEST)))
    if high <= low:
        low, high = float(sample.min()), float(sample.max())
    return _stretch(values, low, high)


def _stretch(values: Pixels, low: float, high: float) -> NDArray[np.uint8]:
    if not high > low:
        return np.zeros(values.shape, np.uint8)
    scaled = np.nan_to_num((values.astype(np.float32) - low) * (255 / (high - low)))
    levels: NDArray[np.uint8] = np.clip(scaled, 0, 255).astype(np.uint8)
    return levels


def _first_number(value: Any) -> float | None:
    first = value[0] if isinstance(value, Sequence) and not isinstance(value, str) and value else value
    try:
        number = float(first)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _is_inverse(ds: Dataset) -> bool:
    return bool(
        ds.get("PhotometricInterpretation") == "MONOCHROME1" or ds.get("PresentationLUTShape") == "INVERSE"
    )
