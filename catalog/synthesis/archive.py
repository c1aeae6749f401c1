"""Write the whole archive: clinical sites, research copies, strays and the answer key."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydicom import config

from catalog.synthesis.answer_key import AnswerKey
from catalog.synthesis.draft import Study
from catalog.synthesis.encode import Encoder
from catalog.synthesis.layout import CLINICAL, lay_out
from catalog.synthesis.plan import visits
from catalog.synthesis.studies import build

Report = Callable[[int], None]
COLLECTIONS: list[dict[str, Any]] = [
    {
        "name": "Clinical archive",
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
        "path": "research/well",
        "privacy_claim": "safe_harbor",
        "truth": "safe_harbor",
        "sources": [{"name": "Research release 2026", "path": "research/well"}],
    },
    {
        "name": "Research – legacy export",
        "path": "research/badly",
        "privacy_claim": "safe_harbor",
        "truth": "identified",
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


def synthesize(root: Path, *, studies: int, seed: int, report: Report = lambda _files: None) -> Summary:
    """Write an archive of `studies` studies below `root`; the same seed writes the same bytes.

    `report` is told the number of files written after each study. Raises ArchiveNotEmpty.
    """
    require_empty(root)
    key = AnswerKey(seed, studies)
    writer = Writer(root, report)
    # Some values are wrong on purpose, and checking the rest would cost a third of the time.
    with config.disable_value_validation():
        for visit in visits(studies, seed):
            study = build(visit)
            lay_out(study)
            writer.study(study)
            key.note_study(study, CLINICAL)
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
