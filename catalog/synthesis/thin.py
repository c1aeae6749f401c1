"""Archives of header weight for benchmarks: full headers, a few pixels, as fast as files can be made."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import count
from pathlib import Path

from pydicom.charset import convert_encodings
from pydicom.valuerep import PersonName

from catalog.synthesis.answer_key import NAME, VERSION
from catalog.synthesis.archive import Report, Summary, require_empty
from catalog.synthesis.chance import chance
from catalog.synthesis.people import TODAY, Patient, patient
from catalog.synthesis.template import (
    REQUEST_ATTRIBUTES,
    SOP_INSTANCE_UID,
    TIMES,
    Template,
    file_meta,
    short_element,
)

SERIES_PER_FOLDER = 1000
SERIES_PER_STUDY = 3
REPORT_EVERY = 2000
FIRST_ACCESSION = 1000000


class Kind(StrEnum):
    """What a thin archive is made of."""

    CT_MR = "ct-mr"
    SINGLE = "single"


TEMPLATES: dict[Kind, tuple[tuple[str, str, str], ...]] = {
    Kind.CT_MR: (
        ("ct_chest", "north-force", "axial"),
        ("mr_brain", "north-skyra", "t2"),
        ("ct_chest", "harbour-revolution", "axial"),
        ("mr_brain", "harbour-mr750", "t2"),
        ("ct_chest", "hill-iqon", "axial"),
        ("mr_brain", "hill-ingenia", "t2"),
    ),
    Kind.SINGLE: (
        ("dx_chest", "north-ysio", "pa"),
        ("cr_hand", "harbour-fuji", "views"),
        ("ct_chest", "north-force", "dose"),
        ("dx_chest", "hill-diagnost", "pa"),
    ),
}


@dataclass(frozen=True, slots=True)
class ThinSeries:
    """One series to be written: which template, which study, how many files."""

    number: int
    study: int
    files: int
    template: Template


def synthesize_thin(
    root: Path, *, files: int, seed: int, kind: Kind = Kind.CT_MR, report: Report = lambda _files: None
) -> Summary:
    """Write exactly `files` files of full headers below `root`/thin; the same seed writes the same bytes.

    Memory does not depend on `files`, which is at least 1. References between objects are left out. Raises ArchiveNotEmpty.
    """
    require_empty(root)
    totals: Counter[str] = Counter()
    last = 0
    for series in _series(files, seed, kind):
        totals["bytes"] += _write(_folder(root, series, kind), series, seed)
        before = totals["files"]
        totals["files"] += series.files
        totals["series"] += 1
        totals[f"modality {series.template.modality}"] += series.files
        last = series.study
        if before // REPORT_EVERY != totals["files"] // REPORT_EVERY:
            report(totals["files"])
    report(totals["files"])
    totals["studies"], totals["people"] = last + 1, _person_of(last) + 1
    _write_key(root, seed, kind, totals)
    return Summary(totals["files"], totals["files"], totals["studies"], totals["series"], totals["bytes"])


def _folder(root: Path, series: ThinSeries, kind: Kind) -> str:
    """The folder of a series; a thousand one-image series share one, because folders cost more than files."""
    folder = root / "thin" / f"{series.number // SERIES_PER_FOLDER:04d}"
    if kind is Kind.CT_MR:
        folder /= f"{series.number:07d}"
    if kind is Kind.CT_MR or series.number % SERIES_PER_FOLDER == 0:
        folder.mkdir(parents=True)
    return str(folder)


def _series(files: int, seed: int, kind: Kind) -> Iterator[ThinSeries]:
    """Plan series until all files are spent."""
    templates = [Template(*row) for row in TEMPLATES[kind]]
    left = files
    for number in count():
        if left <= 0:
            return
        study = number // SERIES_PER_STUDY
        size = 1 if kind is Kind.SINGLE else chance(seed, "thin", number).randint(50, 300)
        # A study stays with its scanner, except that single images differ from each other.
        template = templates[(number if kind is Kind.SINGLE else study) % len(templates)]
        yield ThinSeries(number, study, min(size, left), template)
        left -= size


def _person_of(study: int) -> int:
    """Three studies in four are of a new patient."""
    return study * 3 // 4


def _write(folder: str, series: ThinSeries, seed: int) -> int:
    """Write the files of a series; return the bytes written."""
    identity = _Identity(series, seed)
    runs = series.template.runs(identity.elements())
    root = f"{identity.root}.3.{10**7 + series.number}".encode()
    written = 0
    for index in range(series.files):
        sop_uid = root + b".%d" % (1001 + index)
        own = dict(series.template.instance(index))
        own[SOP_INSTANCE_UID] = short_element(SOP_INSTANCE_UID, "UI", sop_uid)
        clock = identity.clock(index)
        for tag in TIMES:
            own[tag] = short_element(tag, "TM", clock)
        parts = [file_meta(series.template.sop_class, sop_uid)]
        for run in runs:
            parts.append(run.shared)
            if run.tag is not None:
                parts.append(own[run.tag])
        written += _create(f"{folder}/{series.number:07d}-{index + 1:04d}.dcm", b"".join(parts))
    return written


def _create(path: str, content: bytes) -> int:
    # Plain system calls: a buffered file object costs as much again as the write.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        return os.write(handle, content)
    finally:
        os.close(handle)


class _Identity:
    """Whose series it is, and when: the elements that differ from the template."""

    def __init__(self, series: ThinSeries, seed: int) -> None:
        self._series = series
        self._draw = chance(seed, "thin study", series.study)
        self._person = patient(seed, _person_of(series.study))
        self._day = TODAY - timedelta(days=self._draw.randrange(1, 3900))
        self._start = self._draw.randrange(27000, 64800)
        self._visit = series.template.visit
        self.root = f"{self._visit.device['uid_root']}.{seed % 10**6}"

    def clock(self, index: int) -> bytes:
        """The time of an instance as VR TM."""
        total = self._start + self._series.number % SERIES_PER_STUDY * 240 + index // 2
        return b"%02d%02d%02d.%02d" % (total // 3600 % 24, total // 60 % 60, total % 60, index % 2 * 50)

    def elements(self) -> dict[int, bytes]:
        """Encode what belongs to this patient, study and series."""
        accession = f"{self._visit.site['prefix']}{self._day:%y}-{FIRST_ACCESSION + self._series.study}"
        texts = self._person_texts(self._person) | self._study_texts(accession)
        encoded = {tag: short_element(tag, vr, value) for tag, (vr, value) in texts.items()}
        encoded[REQUEST_ATTRIBUTES] = self._series.template.request_attributes(accession)
        return encoded

    def _person_texts(self, person: Patient) -> dict[int, tuple[str, bytes]]:
        encodings = convert_encodings(list(person.character_set))
        return {
            0x00080005: ("CS", "\\".join(person.character_set).encode()),
            0x00100010: ("PN", PersonName(person.dicom_name).encode(encodings)),
            0x00100020: ("LO", person.identifier(self._visit.site["prefix"]).encode()),
            0x00100030: ("DA", f"{person.born:%Y%m%d}".encode()),
            0x00100040: ("CS", person.sex.encode()),
            0x00101001: ("PN", person.ascii_name.encode()),
            0x00101010: ("AS", f"{person.age_on(self._day):03d}Y".encode()),
            0x00101040: ("LO", person.address.encode()),
            0x00102154: ("SH", person.phone.encode()),
            0x00101050: ("LO", person.insurance.encode()),
        }

    def _study_texts(self, accession: str) -> dict[int, tuple[str, bytes]]:
        study, number, day = self._series.study, self._series.number, f"{self._day:%Y%m%d}".encode()
        uid = f"{self.root}.%d.{10**7}".encode()
        dates = dict.fromkeys((524306, 524320, 524321, 524322, 524323), ("DA", day))
        dates |= dict.fromkeys((4194884, 4194896), ("DA", day))
        return dates | {
            0x00080030: ("TM", self.clock(0)),
            0x00080031: ("TM", self.clock(0)),
            0x00080050: ("SH", accession.encode()),
            0x0020000D: ("UI", uid.replace(b"%d", b"1") + b".%d" % study),
            0x0020000E: ("UI", uid.replace(b"%d", b"2") + b".%d" % number),
            0x00200010: ("SH", b"%d" % (3000 + study)),
            0x00200011: ("IS", b"%d" % (number % SERIES_PER_STUDY + 1)),
            0x00200052: ("UI", uid.replace(b"%d", b"4") + b".%d" % study),
            0x00401001: ("SH", f"RP{accession}".encode()),
            0x00380010: ("LO", f"ADM{study}".encode()),
        }


def _write_key(root: Path, seed: int, kind: Kind, totals: Counter[str]) -> None:
    modalities = {
        name.removeprefix("modality "): n for name, n in totals.items() if name.startswith("modality")
    }
    counts = {
        "files": totals["files"],
        "dicom": totals["files"],
        "quarantined": 0,
        "studies": totals["studies"],
        "series": totals["series"],
        "by_modality": modalities,
    }
    key = {"version": VERSION, "seed": seed, "thin": kind.value, "people": totals["people"], "counts": counts}
    (root / NAME).write_text(json.dumps(key, indent=1) + "\n", encoding="utf-8")
