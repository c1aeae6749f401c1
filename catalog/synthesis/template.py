"""One series encoded once by pydicom, to be written a million times with other identities."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydicom import config

from catalog.synthesis.draft import Instance, Series
from catalog.synthesis.encode import PIXEL_DATA, Encoder
from catalog.synthesis.images import image_instance
from catalog.synthesis.people import TODAY, patient
from catalog.synthesis.plan import Visit
from catalog.synthesis.studies import build

# Chosen so that the accession number has as many digits as those that replace it inside sequences.
TEMPLATE_INDEX = 300000
# References of the template would point at objects that a thin archive does not hold.
DROPPED = (0x00081110, 0x00081140)
REQUEST_ATTRIBUTES = 0x00400275
SOP_INSTANCE_UID = 0x00080018
# Instance creation, acquisition and content time: the clock of each series, so not of the template.
TIMES = (0x00080013, 0x00080032, 0x00080033)
STEP = 8


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a file: bytes that all files share, or the tag whose bytes come with each."""

    shared: bytes
    tag: int | None


class Template:
    """A series of one scanner, cut into what stays and what is filled in."""

    def __init__(self, protocol: str, scanner: str, key: str) -> None:
        self.visit = Visit(TEMPLATE_INDEX, 0, patient(0, 0), protocol, scanner, TODAY, 600, returning=False)
        self._spec: Mapping[str, Any] = next(row for row in self.visit.recipe["series"] if row["key"] == key)
        with config.disable_value_validation():
            series = build(self.visit).by_key(key)
            self._series = _shrink(series)
            self._encoder = Encoder(self._series)
            self.shared = self._encoder.elements(self._series.shared)
        for tag in DROPPED:
            self.shared.pop(tag, None)
        self.modality = series.modality
        self.sop_class = str(series.shared.SOPClassUID)
        self._instances: list[dict[int, bytes]] = []
        self._one = series.instances[0]
        self._cut: list[Run] | None = None

    def instance(self, index: int) -> dict[int, bytes]:
        """What the instance with this index holds beside the shared part, whatever the series."""
        while len(self._instances) <= index:
            self._instances.append(self._encode_instance(len(self._instances)))
        return self._instances[index]

    def runs(self, series_elements: Mapping[int, bytes]) -> list[Run]:
        """Cut a series into runs; `series_elements` replace those of the template."""
        runs, gathered = [], []
        for run in self._pieces(frozenset(series_elements)):
            gathered.append(run.shared)
            if run.tag is not None and run.tag in series_elements:
                gathered.append(series_elements[run.tag])
            else:
                runs.append(Run(b"".join(gathered), run.tag))
                gathered = []
        return runs

    def request_attributes(self, accession: str) -> bytes:
        """The request attributes with another accession number of the same length."""
        return self.shared[REQUEST_ATTRIBUTES].replace(self.visit.accession.encode(), accession.encode())

    def _pieces(self, series_tags: frozenset[int]) -> list[Run]:
        """Cut the template at every element of the series or of the instance; the same for all series."""
        if self._cut is None:
            self._cut = []
            shared, varying = self.shared, self.instance(0)
            gathered = b""
            for tag in sorted(shared.keys() | varying.keys()):
                if tag in series_tags or tag in varying:
                    self._cut.append(Run(gathered, tag))
                    gathered = b""
                else:
                    gathered += shared[tag]
            self._cut.append(Run(gathered, None))
        return self._cut

    def _encode_instance(self, index: int) -> dict[int, bytes]:
        with config.disable_value_validation():
            if self._one.frames is None:
                return self._encoder.elements(self._one.own)
            made = image_instance(self._series, self.visit, self._spec, index, self._one.frames)
            elements = self._encoder.elements(made.own)
            elements[PIXEL_DATA] = self._encoder.pixel_data(Instance(made.own, made.frames))
        return elements


def _shrink(series: Series) -> Series:
    """The series in explicit little endian with pictures of a few pixels, since only headers are wanted."""
    for instance in series.instances:
        if instance.frames is not None:
            instance.frames = instance.frames[::STEP, ::STEP].copy()
            series.shared.Rows, series.shared.Columns = instance.frames.shape
    return replace(series, syntax="explicit", character_set=("ISO_IR 100",))


@cache
def _tag_and_vr(tag: int, vr: str) -> bytes:
    return struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())


def short_element(tag: int, vr: str, value: bytes) -> bytes:
    """An element with a two-byte length in explicit VR little endian (PS3.5 7.1.2)."""
    if len(value) % 2:
        value += b"\0" if vr == "UI" else b" "
    return _tag_and_vr(tag, vr) + len(value).to_bytes(2, "little") + value


def file_meta(sop_class: str, sop_instance: bytes) -> bytes:
    """Preamble and file meta group for one object (PS3.10 7.1)."""
    rest = (
        struct.pack("<HH2s2xI", 2, 1, b"OB", 2)
        + b"\0\1"
        + short_element(0x00020002, "UI", sop_class.encode())
        + short_element(0x00020003, "UI", sop_instance)
        + short_element(0x00020010, "UI", b"1.2.840.10008.1.2.1")
        + short_element(0x00020012, "UI", b"1.2.826.0.1.3680043.8.1.1")
        + short_element(0x00020013, "SH", b"ISOCENTER_THIN")
    )
    return bytes(128) + b"DICM" + struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(rest)) + rest
