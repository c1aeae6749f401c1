"""Does a picture show writing? A cheap guess, made so that it rather blurs too much than shows a name.

Writing is a row of small marks: thin strokes, of similar height, on one line, close together. Ordinary anatomy,
noise and single side markers (L, R) are not. It looks at the picture in the size in which it would be shown, doubled:
what cannot be seen there cannot be read either.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Places = NDArray[np.intp]

_SIDE = 512
# Wider than a stroke, narrower than an organ.
_SURROUNDINGS = 18
_FINE = 4
# How much brighter or darker than its surroundings a stroke is, of 255 levels.
_CONTRASTS = (90, 45, 22, 12)
# Fainter strokes than this many times the picture's grain could not be told from it, nor read.
_GRAINS = 5
_BACKGROUND = 8
_SHORTEST, _TALLEST = 7, 72
_LETTER = 0.8  # of the height: how wide a letter is where several touch
_THICKEST = 0.42  # of the height: strokes, not blobs
_FULLEST = 0.8  # of the box: gaps between vertebrae and scale bars fill theirs, few letters do
_FEWEST_LETTERS = 5
_MOST_RUNS = 30_000


@dataclass(frozen=True, slots=True)
class _Mark:
    """Pixels that touch: their box, their number, and how many horizontal runs they are made of."""

    left: int
    right: int
    top: int
    bottom: int
    pixels: int
    runs: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    def letters(self) -> int:
        """Return how many letters these pixels may be: 0 for blobs, bars, specks and what is too large."""
        height = self.height
        if self.pixels > _FULLEST * height * (self.right - self.left):
            return 0
        if not _SHORTEST <= height <= _TALLEST or self.pixels > _THICKEST * height * self.runs:
            return 0
        fitting = round((self.right - self.left) / (_LETTER * height))
        # Letters have more than one stroke side by side, long lines have one.
        return fitting if 1 < fitting <= self.runs / height else 1 if fitting <= 1 else 0


def shows_writing(image: Image.Image) -> bool:
    """Tell whether a picture shows a line of writing of five letters or more, upright or turned by 90 degrees."""
    grey = image.convert("L")
    scale = _SIDE / max(grey.size)
    grey = grey.resize((round(grey.width * scale), round(grey.height * scale)), Image.Resampling.BILINEAR)
    levels = np.asarray(grey).astype(np.int16)
    surroundings = np.asarray(grey.filter(ImageFilter.BoxBlur(_SURROUNDINGS))).astype(np.int16)
    difference = levels - surroundings
    fine = np.abs(levels - np.asarray(grey.filter(ImageFilter.BoxBlur(_FINE))).astype(np.int16))
    body = fine[levels > _BACKGROUND]
    # Where all is background but the writing, the writing is no grain.
    grain = float(np.median(body)) if body.size > fine.size / 10 else 0.0
    return any(
        _has_line(turned > contrast)
        for contrast in _CONTRASTS
        if contrast > _GRAINS * grain
        for strokes in (difference, -difference)
        for turned in (strokes, strokes.T)
    )


def _has_line(strokes: NDArray[np.bool_]) -> bool:
    marks = sorted((mark for mark in _marks(strokes) if mark.letters()), key=lambda mark: mark.left)
    letters = [mark.letters() for mark in marks]
    for i, mark in enumerate(marks):
        for j in range(i + 1, len(marks)):
            if marks[j].left - mark.right > 1.5 * mark.height:
                break
            if _follows(mark, marks[j]):
                letters[j] = max(letters[j], letters[i] + marks[j].letters())
    return max(letters, default=0) >= _FEWEST_LETTERS


def _follows(mark: _Mark, other: _Mark) -> bool:
    tall, small = max(mark.height, other.height), min(mark.height, other.height)
    return other.right > mark.right and small >= 0.5 * tall and abs(mark.middle - other.middle) <= 0.35 * tall


def _marks(strokes: NDArray[np.bool_]) -> list[_Mark]:
    """Join the horizontal runs of strokes that touch from row to row, also by a corner."""
    rows, lefts, rights = _runs(strokes)
    if len(rows) > _MOST_RUNS:
        return []
    _, mark = np.unique(_joined(rows, lefts, rights, strokes.shape[1] + 2), return_inverse=True)
    number = int(mark.max(initial=-1)) + 1
    boxes = [np.full(number, edge) for edge in (strokes.size, 0, strokes.size, 0)]
    np.minimum.at(boxes[0], mark, lefts)
    np.maximum.at(boxes[1], mark, rights)
    np.minimum.at(boxes[2], mark, rows)
    np.maximum.at(boxes[3], mark, rows + 1)
    pixels = np.bincount(mark, rights - lefts, number).astype(int)
    columns = (*boxes, pixels, np.bincount(mark, minlength=number))
    return [_Mark(*values) for values in zip(*(column.tolist() for column in columns), strict=True)]


def _runs(strokes: NDArray[np.bool_]) -> tuple[Places, Places, Places]:
    """Return the row, the first and the end column of every run, row by row."""
    padded = np.zeros((strokes.shape[0], strokes.shape[1] + 2), np.int8)
    padded[:, 1:-1] = strokes
    steps = np.diff(padded, axis=1)
    rows, lefts = np.nonzero(steps == 1)
    return rows, lefts, np.nonzero(steps == -1)[1]


def _joined(rows: Places, lefts: Places, rights: Places, width: int) -> list[int]:
    """Return for each run the first of the runs that it hangs together with."""
    starts, ends = rows * width + lefts, rows * width + rights
    first = np.searchsorted(ends, starts + width).tolist()
    last = np.searchsorted(starts, ends + width, side="right").tolist()
    parents = list(range(len(rows)))

    def root(run: int) -> int:
        while parents[run] != run:
            parents[run] = run = parents[parents[run]]
        return run

    for run in range(len(parents)):
        for other in range(first[run], last[run]):
            parents[root(other)] = root(run)
    return [root(run) for run in range(len(parents))]
