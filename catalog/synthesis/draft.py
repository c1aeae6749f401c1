"""A study in memory before it is written: what the files of a series share, and what each adds."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from catalog.synthesis.plan import Visit

Frames = NDArray[Any]
ZERO_PREAMBLE = b"\0" * 128


@dataclass(slots=True)
class Plant:
    """Something hidden in a series that the answer key must tell; `instance` is None when all files carry it."""

    path: str
    carrier: str
    vr: str
    identifier: str
    value: str
    token: str
    hard: bool
    case: int | str | None
    instance: int | None = None
    where: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Instance:
    """One file to be written: its own elements, its picture, and what is odd about its bytes."""

    own: Dataset
    frames: Frames | None = None
    file: str = ""
    preamble: bytes = ZERO_PREAMBLE
    meta: dict[str, Any] = field(default_factory=dict)
    jpeg_comment: bytes = b""
    jpeg_exif: bytes = b""
    pixel_excess: bytes = b""
    pixel_missing: int = 0
    tail: bytes = b""
    # The SOP instance UID of what a research copy was made from.
    origin: str = ""

    @property
    def pictures(self) -> list[Frames]:
        """Views of the frames; none where the object has no pixels."""
        return [] if self.frames is None else single_frames(self.frames)

    @property
    def sop_uid(self) -> str:
        return str(self.own.SOPInstanceUID)


@dataclass(slots=True)
class Series:
    """One series to be written; `device` is the row of the scanner or workstation that made it."""

    key: str
    kind: str
    shared: Dataset
    device: dict[str, Any]
    character_set: tuple[str, ...]
    instances: list[Instance] = field(default_factory=list)
    plants: list[Plant] = field(default_factory=list)
    syntax: str = ""
    # What (0008,0005) says, where that is not the truth.
    claimed_character_set: str | None = None
    # The research name in a copy, and whether the copy was made well.
    pseudonym: str = ""
    cleaned: bool = False

    @property
    def modality(self) -> str:
        return str(self.shared.Modality)

    @property
    def uid(self) -> str:
        return str(self.shared.SeriesInstanceUID)


@dataclass(slots=True)
class Study:
    """One study to be written."""

    visit: Visit
    series: list[Series] = field(default_factory=list)

    def by_key(self, key: str) -> Series:
        return next(series for series in self.series if series.key == key)


def frame_count(frames: Frames) -> int:
    """Number of frames of [rows, columns], [rows, columns, 3], [frames, rows, columns] or [frames, …, 3]."""
    return len(single_frames(frames))


def is_colour(frames: Frames) -> bool:
    """Whether the last axis holds red, green and blue."""
    return frames.ndim > 2 and frames.shape[-1] == 3


def single_frames(frames: Frames) -> list[Frames]:
    """Views of the frames one by one."""
    return list(frames) if frames.ndim - is_colour(frames) == 3 else [frames]


def contiguous(frames: Frames) -> bytes:
    """The pixel bytes in the order of PS3.5 8.1, little endian."""
    return np.ascontiguousarray(frames).astype(frames.dtype.newbyteorder("<"), copy=False).tobytes()
