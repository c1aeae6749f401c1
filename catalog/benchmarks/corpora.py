"""The archives that benchmarks read: invented once, kept in the data folder, the same for the same seed."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from catalog.benchmarks.floor import read_all
from catalog.synthesis import Kind, synthesize_thin

SEED = 1895
# The same for every file, and long ago: a crawl lets files wait that were written a moment ago.
WRITTEN_AT = 1_700_000_000


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder of DICOM files; `paths` in the order in which a crawl meets them."""

    folder: Path
    paths: tuple[str, ...]
    bytes: int


def corpus(parent: Path, kind: Kind, files: int, say: Callable[[str], None]) -> Corpus:
    """Return the archive of `files` thin files of this kind, written now if it is not there."""
    folder = parent / f"{kind.value}-{files}-{SEED}"
    if not folder.exists():
        say(f"Writing {files:,} files ({kind.value})")
        unfinished = folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        synthesize_thin(unfinished, files=files, seed=SEED, kind=kind)
        # The key is no DICOM; it would only be quarantined.
        (unfinished / "answer_key.json").unlink()
        _age(unfinished)
        unfinished.rename(folder)
    paths = tuple(sorted(str(path) for path in folder.rglob("*") if path.is_file()))
    return Corpus(folder, paths, sum(os.path.getsize(path) for path in paths))  # noqa: PTH202 - 200,000 of them


def warm(found: Corpus) -> None:
    """Read every file once, so that what is measured is not the disk."""
    read_all(found.paths)


def sample(found: Corpus, files: int) -> tuple[str, ...]:
    """Up to `files` paths, evenly from the whole corpus: all scanners and kinds take part."""
    step = max(len(found.paths) // files, 1)
    return found.paths[::step][:files]


def _age(folder: Path) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (WRITTEN_AT, WRITTEN_AT))
