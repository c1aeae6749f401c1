"""Text burned into pixels: what a header scan never finds."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from catalog.synthesis.draft import Frames
from catalog.synthesis.pixels import Mask

LINE_HEIGHT = 11


@dataclass(frozen=True, slots=True)
class Style:
    """How the text looks: value as a share of the picture's range, background likewise or None, quarter turns."""

    value: float = 1.0
    background: float | None = None
    quarter_turns: int = 0
    corner: str = "top"
    high_bit: bool = False


def letters(text: str) -> Mask:
    """The text as a mask, in a bitmap font that is the same everywhere."""
    font = ImageFont.load_default_imagefont()
    lines = text.split("\n")
    width = max(int(font.getbbox(line)[2]) for line in lines) + 2
    page = Image.new("L", (width, LINE_HEIGHT * len(lines) + 2))
    pen = ImageDraw.Draw(page)
    for row, line in enumerate(lines):
        pen.text((1, 1 + row * LINE_HEIGHT), line, fill=255, font=font)
    return np.asarray(page) > 127


def burn(frame: Frames, text: str, style: Style, limit: int) -> list[int]:
    """Write `text` into one frame in place; return its box as [left, top, right, bottom].

    `limit` is the brightest value of the picture. Text that does not fit is cut at the picture's edge.
    """
    mask = np.rot90(letters(text), style.quarter_turns)
    rows, columns = (min(a, b) for a, b in zip(mask.shape, frame.shape[:2], strict=True))
    mask = mask[:rows, :columns]
    top = 2 if style.corner == "top" and rows + 2 < frame.shape[0] else frame.shape[0] - rows
    area = frame[top : top + rows, :columns]
    if style.background is not None:
        area[...] = int(style.background * limit)
    if style.high_bit:
        area[mask] |= 0x8000
    else:
        area[mask] = int(style.value * limit)
    return [0, int(top), int(columns), int(top + rows)]
