"""Thin archives: the count that was asked for, full headers, the same bytes every time."""

import hashlib
import json

import pytest
from pydicom import dcmread

from catalog.synthesis import Kind, synthesize_thin


def files(root):
    return sorted(root.rglob("*.dcm"))


@pytest.mark.parametrize(
    ("kind", "modalities"), [(Kind.CT_MR, {"CT", "MR"}), (Kind.SINGLE, {"CR", "DX", "SR"})]
)
def test_a_thin_archive_has_exactly_the_files_asked_for(tmp_path, kind, modalities):
    summary = synthesize_thin(tmp_path, files=613, seed=5, kind=kind)
    key = json.loads((tmp_path / "answer_key.json").read_text())
    assert len(files(tmp_path)) == summary.files == key["counts"]["files"] == 613
    assert sum(key["counts"]["by_modality"].values()) == 613
    datasets = [dcmread(path) for path in files(tmp_path)[::7]]
    assert {ds.Modality for ds in datasets} == modalities
    for dataset in datasets:
        assert dataset.to_json_dict()
        assert dataset.SOPInstanceUID == dataset.file_meta.MediaStorageSOPInstanceUID
        assert dataset.Modality == "SR" or len(dataset) >= 120


def test_series_of_a_thin_archive_are_series(tmp_path):
    summary = synthesize_thin(tmp_path, files=400, seed=5)
    datasets = [dcmread(path) for path in files(tmp_path)]
    assert len({ds.SOPInstanceUID for ds in datasets}) == 400
    assert len({ds.SeriesInstanceUID for ds in datasets}) == summary.series
    assert len({ds.StudyInstanceUID for ds in datasets}) == summary.studies
    for ds in datasets:
        assert ds.RequestAttributesSequence[0].AccessionNumber == ds.AccessionNumber
    positions = {(ds.SeriesInstanceUID, tuple(ds.ImagePositionPatient)) for ds in datasets}
    assert len(positions) == 400


def test_a_thin_archive_repeats(tmp_path):
    trees = []
    for name in ("first", "second"):
        synthesize_thin(tmp_path / name, files=200, seed=5)
        trees.append([hashlib.sha256(path.read_bytes()).digest() for path in files(tmp_path / name)])
    assert trees[0] == trees[1]


def test_names_survive_their_character_sets(tmp_path):
    synthesize_thin(tmp_path, files=60, seed=5, kind=Kind.SINGLE)
    names = {str(dcmread(path).PatientName) for path in files(tmp_path)}
    assert any("=" in name for name in names)
    assert any(not name.isascii() for name in names)
