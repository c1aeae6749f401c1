"""Small pictures that a person recognises in a thumbnail: bodies, heads, breasts, fans, from ellipses and noise."""

from collections.abc import Callable
from functools import cache
from random import Random

import numpy as np
from numpy.typing import NDArray

from catalog.synthesis.draft import Frames

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]
SIZE = 128
AIR = 24.0


@cache
def _grid(rows: int, columns: int) -> tuple[Plane, Plane]:
    """Coordinates from -1 to 1, x to the right, y down."""
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    return x.astype(np.float32), y.astype(np.float32)


@cache
def _noise() -> Plane:
    # RandomState, because NumPy promises its stream for ever; the newer generators may change.
    return np.random.RandomState(1895).standard_normal((640, 640)).astype(np.float32)


def ellipse(
    shape: tuple[int, int], centre: tuple[float, float], radii: tuple[float, float], tilt: float = 0
) -> Mask:
    """Pixels inside an ellipse; centre, radii in half picture widths, tilt in radians."""
    x, y = _grid(*shape)
    u, v = x - centre[0], y - centre[1]
    if tilt:
        cosine, sine = np.float32(np.cos(tilt)), np.float32(np.sin(tilt))
        u, v = u * cosine + v * sine, v * cosine - u * sine
    inside: Mask = (u / radii[0]) ** 2 + (v / radii[1]) ** 2 < 1
    return inside


def _noisy(plane: Plane, draw: Random, amount: float) -> Plane:
    top, left = draw.randrange(640 - plane.shape[0]), draw.randrange(640 - plane.shape[1])
    noise = _noise()[top : top + plane.shape[0], left : left + plane.shape[1]]
    noisy: Plane = plane + noise * amount
    return noisy


def _paint(plane: Plane, parts: list[tuple[tuple[float, float], tuple[float, float], float, float]]) -> Plane:
    """Fill ellipses (centre, radii, tilt, value), later ones over earlier ones."""
    rows, columns = plane.shape
    for centre, radii, tilt, value in parts:
        plane[ellipse((rows, columns), centre, radii, tilt)] = value
    return plane


def _twelve_bit(plane: Plane) -> Frames:
    return np.clip(plane, 0, 4095).astype(np.uint16)


def _blank(value: float = 0, shape: tuple[int, int] = (SIZE, SIZE)) -> Plane:
    return np.full(shape, value, np.float32)


def chest(at: float, build: float, draw: Random) -> Frames:
    """An axial CT slice through the chest in HU + 1024; `at` runs from apex 0 to base 1."""
    lung = 0.32 + 0.14 * float(np.sin(at * 3.0))
    parts = [
        ((0.0, 0.05), (0.86 * build, 0.62 * build), 0.0, 930.0),
        ((0.0, 0.05), (0.80 * build, 0.56 * build), 0.0, 1065.0),
        ((-0.38, 0.02), (0.30, lung), 0.12, 190.0),
        ((0.40, 0.02), (0.29, lung), -0.12, 200.0),
        ((0.06, 0.0), (0.16 + 0.10 * at, 0.18 + 0.08 * at), 0.6, 1130.0),
        ((0.10, 0.18), (0.07, 0.07), 0.0, 1190.0),
        ((0.0, 0.40), (0.11, 0.12), 0.0, 1480.0),
        ((0.0, 0.42), (0.045, 0.05), 0.0, 1050.0),
        ((0.0, -0.50), (0.13, 0.04), 0.0, 1420.0),
    ]
    plane = _paint(_blank(AIR), parts)
    plane[108:111, 12:116] = 420
    return _twelve_bit(_noisy(plane, draw, 14))


def abdomen(at: float, build: float, draw: Random) -> Frames:
    """An axial CT slice through the abdomen in HU + 1024: liver, spleen, kidneys, spine."""
    parts = [
        ((0.0, 0.05), (0.88 * build, 0.64 * build), 0.0, 920.0),
        ((0.0, 0.06), (0.80 * build, 0.56 * build), 0.0, 1070.0),
        ((-0.36, -0.06), (0.36 - 0.12 * at, 0.36 - 0.10 * at), 0.3, 1135.0),
        ((0.50, 0.04), (0.15, 0.20 - 0.08 * at), -0.4, 1145.0),
        ((0.20, -0.22), (0.22, 0.14), 0.2, 1050.0),
        ((0.24, -0.28), (0.10, 0.05), 0.2, 60.0),
        ((-0.26, 0.26), (0.10, 0.13 * (0.4 + at)), 0.2, 1190.0),
        ((0.28, 0.26), (0.10, 0.13 * (0.4 + at)), -0.2, 1190.0),
        ((0.03, 0.20), (0.07, 0.07), 0.0, 1220.0),
        ((0.0, 0.38), (0.12, 0.12), 0.0, 1470.0),
        ((0.0, 0.40), (0.045, 0.045), 0.0, 1050.0),
    ]
    return _twelve_bit(_noisy(_paint(_blank(AIR), parts), draw, 14))


def ct_head(at: float, build: float, draw: Random) -> Frames:
    """An axial CT slice through the head in HU + 1024: skull, brain, ventricles."""
    size = float(np.sin(0.6 + at * 2.0)) * build
    parts = [
        ((0.0, 0.0), (0.66 * size, 0.82 * size), 0.0, 1080.0),
        ((0.0, 0.0), (0.62 * size, 0.78 * size), 0.0, 2050.0),
        ((0.0, 0.0), (0.56 * size, 0.71 * size), 0.0, 1058.0),
        ((-0.10, -0.06), (0.06, 0.24 * size), 0.3, 1030.0),
        ((0.10, -0.06), (0.06, 0.24 * size), -0.3, 1030.0),
        ((0.22, 0.25), (0.08, 0.06), 0.0, 1092.0),
    ]
    return _twelve_bit(_noisy(_paint(_blank(AIR), parts), draw, 5))


def head(at: float, build: float, draw: Random) -> Frames:
    """An axial T2-like MR slice through the head."""
    size = float(np.sin(0.6 + at * 2.0)) * build
    parts = [
        ((0.0, 0.0), (0.70 * size, 0.86 * size), 0.0, 900.0),
        ((0.0, 0.0), (0.65 * size, 0.80 * size), 0.0, 60.0),
        ((0.0, 0.0), (0.60 * size, 0.75 * size), 0.0, 1250.0),
        ((0.0, 0.0), (0.56 * size, 0.70 * size), 0.0, 620.0),
        ((0.0, 0.02), (0.42 * size, 0.54 * size), 0.0, 460.0),
        ((-0.11, -0.04), (0.06, 0.26 * size), 0.35, 1350.0),
        ((0.11, -0.04), (0.06, 0.26 * size), -0.35, 1350.0),
    ]
    return _twelve_bit(_noisy(_paint(_blank(15), parts), draw, 28))


def knee(at: float, build: float, draw: Random) -> Frames:
    """A sagittal MR slice through the knee: femur, tibia, patella, cartilage."""
    shift = (at - 0.5) * 0.2
    parts = [
        ((0.0, 0.0), (0.62 * build, 1.2), 0.0, 420.0),
        ((0.02 + shift, -0.62), (0.24, 0.62), 0.05, 880.0),
        ((0.04 + shift, -0.16), (0.40, 0.24), 0.0, 900.0),
        ((0.03 + shift, 0.34), (0.38, 0.18), 0.0, 860.0),
        ((0.05 + shift, 0.78), (0.23, 0.56), 0.0, 850.0),
        ((-0.44, -0.26), (0.09, 0.20), -0.2, 820.0),
        ((0.03 + shift, 0.11), (0.36, 0.035), 0.0, 130.0),
    ]
    return _twelve_bit(_noisy(_paint(_blank(12), parts), draw, 24))


def uptake(at: float, build: float, draw: Random) -> Frames:
    """An axial PET slice: faint body, hot kidneys and one lesion."""
    parts = [
        ((0.0, 0.05), (0.82 * build, 0.58 * build), 0.0, 380.0),
        ((-0.34, -0.04), (0.32, 0.32), 0.3, 760.0),
        ((-0.27, 0.26), (0.09, 0.11), 0.0, 2600.0),
        ((0.28, 0.26), (0.09, 0.11), 0.0, 2500.0),
        ((0.30, -0.20), (0.05 + 0.03 * at, 0.05), 0.0, 3900.0),
    ]
    plane = _soften(_paint(_blank(10), parts), 4)
    return _twelve_bit(_noisy(plane, draw, 25))


def chest_front(_at: float, build: float, draw: Random) -> Frames:
    """A CT scout of the chest from the front, in HU + 1024."""
    parts = [
        ((0.0, 0.2), (0.80 * build, 1.1), 0.0, 900.0),
        ((-0.36, 0.05), (0.28, 0.52), 0.08, 480.0),
        ((0.36, 0.05), (0.26, 0.52), -0.08, 490.0),
        ((0.10, 0.30), (0.24, 0.26), 0.4, 1000.0),
        ((0.0, 0.1), (0.07, 1.0), 0.0, 1150.0),
        ((0.0, -0.82), (0.20, 0.22), 0.0, 980.0),
    ]
    return _twelve_bit(_noisy(_soften(_paint(_blank(AIR), parts), 2), draw, 10))


def radiograph(_at: float, build: float, draw: Random) -> Frames:
    """A chest radiograph: dark lungs, ribs, heart shadow, diaphragm."""
    shape = (160, 160)
    parts = [
        ((0.0, 0.25), (0.92 * build, 1.25), 0.0, 2300.0),
        ((-0.40, 0.0), (0.34, 0.66), 0.06, 900.0),
        ((0.42, 0.0), (0.32, 0.66), -0.06, 930.0),
        ((0.14, 0.34), (0.30, 0.30), 0.5, 2500.0),
        ((-0.42, 0.80), (0.46, 0.34), 0.0, 2900.0),
        ((0.44, 0.84), (0.44, 0.32), 0.0, 2800.0),
        ((0.0, 0.0), (0.08, 1.3), 0.0, 2950.0),
        ((-0.34, -0.66), (0.30, 0.03), 0.35, 2700.0),
        ((0.34, -0.66), (0.30, 0.03), -0.35, 2700.0),
    ]
    plane = _soften(_paint(_blank(120, shape), parts), 3) + _ribs(shape)
    return _twelve_bit(_noisy(plane, draw, 40))


def _ribs(shape: tuple[int, int]) -> Plane:
    x, y = _grid(*shape)
    waves = np.sin((y + 0.35 * np.abs(x)) * 21)
    inside = ellipse(shape, (0.0, 0.05), (0.78, 0.72))
    ribs: Plane = np.where(inside & (waves > 0.45), 330, 0).astype(np.float32)
    return ribs


def breast(at: float, build: float, draw: Random) -> Frames:
    """A mammogram: half an ellipse at the chest wall, glandular tissue inside; left and right alternate."""
    shape = (192, 128)
    tissue = [
        ((-1.0, 0.0), (1.45 * build, 0.80), 0.0, 1500.0),
        ((-0.92, 0.0), (1.20 * build, 0.66), 0.0, 2100.0),
        ((-0.55, 0.05), (0.55, 0.36), 0.2, 2700.0),
        ((-0.42, -0.14), (0.20, 0.14), -0.4, 3200.0),
        ((-0.20, 0.12), (0.07, 0.05), 0.0, 3600.0),
    ]
    plane = _noisy(_soften(_paint(_blank(20, shape), tissue), 4), draw, 30)
    return _twelve_bit(plane[:, ::-1] if round(at * 3) % 2 else plane)


def hand(_at: float, build: float, draw: Random) -> Frames:
    """A radiograph of a hand: palm, five fingers, bones."""
    shape = (192, 144)
    parts: list[tuple[tuple[float, float], tuple[float, float], float, float]] = [
        ((0.0, 0.36), (0.52 * build, 0.40), 0.0, 420.0),
        ((0.0, 0.90), (0.30, 0.40), 0.0, 420.0),
    ]
    for centre, radii, tilt in (
        ((-0.66, 0.10), (0.12, 0.42), -0.7),
        ((-0.34, -0.34), (0.11, 0.52), -0.12),
        ((-0.06, -0.44), (0.11, 0.54), 0.0),
        ((0.22, -0.36), (0.11, 0.52), 0.10),
        ((0.48, -0.16), (0.10, 0.44), 0.22),
    ):
        parts += [(centre, radii, tilt, 400.0), (centre, (radii[0] * 0.5, radii[1] * 0.95), tilt, 800.0)]
    parts += [((x, 0.30), (0.055, 0.28), x * 0.3, 830.0) for x in (-0.3, -0.1, 0.1, 0.3)]
    return np.clip(_noisy(_soften(_paint(_blank(40, shape), parts), 1), draw, 10), 0, 1023).astype(np.uint16)


def fan(at: float, build: float, draw: Random) -> Frames:
    """An ultrasound sector with speckle and one dark vessel."""
    shape = (144, 192)
    x, y = _grid(*shape)
    depth = np.sqrt((x * 1.3) ** 2 + (y + 1.25) ** 2)
    sector = (np.abs(np.arctan2(x * 1.3, y + 1.25)) < 0.62) & (depth > 0.42) & (depth < 2.05)
    echo = 78 + 40 * np.cos(depth * 7 + at) - 18 * depth
    echo[ellipse(shape, (0.10 + 0.05 * float(np.sin(at * 6)), 0.0), (0.16 * build, 0.20), 0.4)] = 12
    echo[ellipse(shape, (-0.22, 0.22), (0.20, 0.14), -0.3)] = 130
    speckle = _noisy(np.zeros(shape, np.float32), draw, 1)
    plane = np.where(sector, np.clip(echo * (1 + 0.35 * speckle), 0, 255), 0)
    return plane.astype(np.uint8)


def sheet(_at: float, _build: float, _draw: Random) -> Frames:
    """An empty page of a protocol print, waiting for its text."""
    page = np.full((144, 256), 18, np.uint8)
    page[30:32, 8:248] = 120
    page[48:140:16, 8:248] = 70
    return page


def _soften(plane: Plane, radius: int) -> Plane:
    """Blur with a box of 2·radius+1, cheaply and always alike."""
    for axis in (0, 1):
        padded = np.concatenate(
            [plane.take([0] * (radius + 1), axis), plane, plane.take([-1] * radius, axis)], axis
        )
        sums = np.cumsum(padded, axis=axis, dtype=np.float64)
        width = 2 * radius + 1
        high = sums.take(range(width, sums.shape[axis]), axis)
        low = sums.take(range(sums.shape[axis] - width), axis)
        plane = ((high - low) / width).astype(np.float32)
    return plane


PHANTOMS: dict[str, Callable[[float, float, Random], Frames]] = {
    "abdomen": abdomen,
    "breast": breast,
    "chest": chest,
    "chest_front": chest_front,
    "ct_head": ct_head,
    "fan": fan,
    "hand": hand,
    "head": head,
    "knee": knee,
    "radiograph": radiograph,
    "sheet": sheet,
    "uptake": uptake,
}


def organ_mask(phantom: str, at: float) -> Mask:
    """Where the organ lies that a segmentation of this phantom outlines."""
    if phantom == "abdomen":
        return ellipse((SIZE, SIZE), (-0.36, -0.06), (0.36 - 0.12 * at, 0.36 - 0.10 * at), 0.3)
    lung = 0.32 + 0.14 * float(np.sin(at * 3.0))
    return ellipse((SIZE, SIZE), (-0.38, 0.02), (0.30, lung), 0.12)
