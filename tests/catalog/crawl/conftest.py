"""A folder of small DICOM files, and a crawl that runs in the test's own process."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

from catalog.actions.add_source import add_source
from catalog.actions.control_crawl import start_crawl
from catalog.actions.walk_crawl import walk_crawl
from catalog.actions.work_on_crawl import work_on_crawl
from catalog.models import Crawl, Source
from governance.models import Collection

LONG_AGO = time.time() - 3600


def write_object(path: Path, *, study: int = 1, series: int = 1, number: int = 1, **elements: object) -> Path:
    """Write one CT object; it looks an hour old, so that no crawl waits for it."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = CTImageStorage
    ds.SOPClassUID = CTImageStorage
    ds.StudyInstanceUID = f"1.2.3.{study}"
    ds.SeriesInstanceUID = f"1.2.3.{study}.{series}"
    ds.SOPInstanceUID = f"1.2.3.{study}.{series}.{number}"
    ds.file_meta.MediaStorageSOPInstanceUID = UID(ds.SOPInstanceUID)
    ds.PatientID = f"P{study}"
    ds.PatientName = "Doe^Jane"
    ds.Modality = "CT"
    ds.StudyDate = "20230402"
    ds.InstanceNumber = number
    ds.Rows = ds.Columns = 2
    ds.BitsAllocated = 8
    for name, value in elements.items():
        setattr(ds, name, value)
    ds.PixelData = b"\0" * 4
    path.parent.mkdir(parents=True, exist_ok=True)
    ds.save_as(path, enforce_file_format=True)
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Two studies: one of two series, one of one; six files."""
    root = tmp_path / "archive"
    for study, series, count in ((1, 1, 3), (1, 2, 1), (2, 1, 2)):
        for number in range(1, count + 1):
            write_object(
                root / f"st{study}/se{series}/{number}.dcm", study=study, series=series, number=number
            )
    return root


@pytest.fixture
def source(db, archive: Path) -> Source:
    return add_source(
        Collection.objects.create(name="Radiology"), name="Archive", location=str(archive), actor=None
    )


def work(crawl: Crawl) -> Crawl:
    """Do what the workers do, here and now."""
    walk_crawl(crawl.pk)
    give_up = time.monotonic() + 20
    while work_on_crawl(crawl.pk) or (_is_running(crawl) and time.monotonic() < give_up):
        time.sleep(0.01)
    return Crawl.objects.select_related("source").get(pk=crawl.pk)


def _is_running(crawl: Crawl) -> bool:
    return Crawl.objects.running().filter(pk=crawl.pk).exists()


@pytest.fixture
def crawl(source: Source, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Crawl]:
    """Crawl the source to its end, and hold it to its own arithmetic."""
    monkeypatch.setattr("catalog.actions.work_on_crawl.PATIENCE_SECONDS", 0)

    def run(**options: bool) -> Crawl:
        ended = work(start_crawl(source, actor=None, **options))
        assert ended.status == Crawl.Status.COMPLETED, ended.failure
        assert ended.counts().adds_up
        return ended

    return run


def outcomes(crawl: Crawl) -> dict[str, int]:
    """The four outcomes of a crawl, without those that are zero."""
    counts = crawl.counts()
    names = ("catalogued", "unchanged", "quarantined", "vanished")
    assert counts.discovered == sum(getattr(counts, name) for name in names)
    return {name: value for name in names if (value := getattr(counts, name))}
