"""Write the whole archive: clinical sites, research copies, strays and the answer key."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydicom import config

from catalog.synthesis.answer_key import AnswerKey
from catalog.synthesis.deidentify import copy_badly, copy_well
from catalog.synthesis.draft import Study
from catalog.synthesis.encode import Encoder
from catalog.synthesis.faults import Faults
from catalog.synthesis.layout import CLINICAL, lay_out, lay_out_copy, people_in_path, research_folder
from catalog.synthesis.plan import Visit, visits
from catalog.synthesis.roles import Roles
from catalog.synthesis.strays import strays, tells
from catalog.synthesis.studies import build
from catalog.synthesis.tables import table
from catalog.synthesis.words import Neighbour

Report = Callable[[int], None]
COLLECTIONS: list[dict[str, Any]] = [
    {
        "name": "Clinical archive",
        "description": "What three hospitals' scanners sent, with names and all.",
        "path": CLINICAL,
        "privacy_claim": "identified",
        "truth": "identified",
        "sources": [
            {"name": "Northgate University Hospital", "path": "clinical/site-north"},
            {"name": "Harbour Street Imaging Centre", "path": "clinical/site-harbour"},
            {"name": "St Brigid Hill Hospital", "path": "clinical/site-hill"},
        ],
    },
    {
        "name": "Research – de-identified",
        "description": "Studies that were copied for research and cleaned of everything that tells who it is.",
        "path": "research/well",
        "privacy_claim": "safe_harbor",
        "truth": "safe_harbor",
        "sources": [{"name": "Research release 2026", "path": "research/well"}],
    },
    {
        "name": "Research – legacy export",
        "description": "An old export for research. It says that it is de-identified.",
        "path": "research/badly",
        "privacy_claim": "safe_harbor",
        "truth": "identified",
        "defects": list(table("deidentify")["defects"].values()),
        "sources": [{"name": "Legacy research export", "path": "research/badly"}],
    },
]


class ArchiveNotEmpty(Exception):
    """The folder already holds something; mixing archives would make the answer key a lie."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What was written."""

    files: int
    dicom: int
    studies: int
    series: int
    bytes: int


class Writer:
    """Writes files and counts them."""

    def __init__(self, root: Path, report: Report) -> None:
        self._root = root
        self._report = report
        self.files = 0
        self.bytes = 0

    def study(self, study: Study) -> None:
        """Write every file of a study."""
        for series in study.series:
            encoder = Encoder(series)
            for instance in series.instances:
                self.file(instance.file, encoder.file(instance))
        self._report(self.files)

    def file(self, name: str, content: bytes) -> None:
        """Write one file, making its folders."""
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.files += 1
        self.bytes += len(content)


def synthesize(root: Path, *, studies: int, seed: int, report: Report = lambda _files: None) -> Summary:
    """Write an archive of `studies` studies below `root`; the same seed writes the same bytes.

    `report` is told the number of files written after each study. Raises ArchiveNotEmpty, and ValueError below one study.
    """
    if studies < 1:
        raise ValueError("an archive has at least one study")
    require_empty(root)
    key, writer = AnswerKey(seed, studies), Writer(root, report)
    planned = list(visits(studies, seed))
    # Some values are wrong on purpose, and checking the rest would cost a third of the time.
    with config.disable_value_validation():
        faults = Faults()
        roles = Roles(planned, seed, faults)
        neighbour = _neighbour(planned[0], "")
        for visit in planned:
            neighbour = _make(build(visit), roles, faults, neighbour, key, writer)
        _scatter(seed, planned[0], key, writer)
    return summary(key.write(root, COLLECTIONS), writer.bytes)


def require_empty(root: Path) -> None:
    """Make the folder; raise ArchiveNotEmpty when something is in it."""
    root.mkdir(parents=True, exist_ok=True)
    if any(root.iterdir()):
        raise ArchiveNotEmpty(f"{root} is not empty")


def summary(key: dict[str, Any], written: int) -> Summary:
    """The totals of a finished key."""
    counts = key["counts"]
    return Summary(counts["files"], counts["dicom"], counts["studies"], counts["series"], written)


def _make(
    study: Study, roles: Roles, faults: Faults, neighbour: Neighbour, key: AnswerKey, writer: Writer
) -> Neighbour:
    """Spoil, hide, copy, write and note one study; return it as the neighbour of the next."""
    visit = study.visit
    well = copy_well(study) if visit.copied == "well" else None
    roles.break_it(study, neighbour)
    roles.hide_in(study, neighbour)
    lay_out(study)
    writer.study(study)
    key.note_study(study, CLINICAL)
    faults.note(key)
    faults.remember(study)
    for part, identifier, value in people_in_path(study):
        key.note_path(part, identifier, value)
    # A study of nothing but pictures with burned-in names leaves nothing that could be copied.
    if well is not None and well.series:
        _copy(well, study, "well", key, writer)
    elif visit.copied == "badly":
        _copy(copy_badly(study), study, "badly", key, writer)
    return _neighbour(visit, study.series[0].instances[0].sop_uid)


def _copy(made: Study, source: Study, manner: str, key: AnswerKey, writer: Writer) -> None:
    """Write and note a research copy."""
    folder = f"research/{manner}"
    lay_out_copy(made, folder, research_folder(source.visit, manner))
    writer.study(made)
    key.note_study(made, folder)
    key.note_copy(source, made, manner)


def _scatter(seed: int, visit: Visit, key: AnswerKey, writer: Writer) -> None:
    """Write and note the strays; a good file of the first study is what they are cut from."""
    series = build(visit).series[0]
    whole = Encoder(series).file(series.instances[0])
    for path, content, cause in strays(seed, whole, visit.patient):
        writer.file(path, content)
        key.note_stray(path, cause, CLINICAL)
    for entry in tells(visit.patient):
        key.note_telling_stray(entry)


def _neighbour(visit: Visit, sop_uid: str) -> Neighbour:
    return Neighbour(visit.mrn, visit.accession, visit.study_uid, visit.frame_uid, sop_uid)
