"""The research copies: the good one tells nothing, the bad one tells what the key says."""

import re

import pytest
from pydicom.uid import UID

from catalog.synthesis import synthesize
from catalog.synthesis.answer_key import walk
from catalog.synthesis.paths import text


@pytest.fixture(scope="session")
def leaks(archive):
    """Everything that must not be seen, as one pattern over text."""
    forms = {form for value in archive.key["identifying_values"] if value["leak"] for form in value["forms"]}
    return re.compile("|".join(re.escape(form) for form in sorted(forms) if len(form) > 4), re.IGNORECASE)


def written(dataset):
    for path, element in walk(dataset):
        if element.VR != "SQ":
            yield path, text(element)


def test_the_good_copy_holds_no_identifying_value(archive, leaks):
    copies = dict(archive.of_collection("research/well"))
    assert len(copies) > 20
    for name, dataset in copies.items():
        assert not leaks.search(name)
        for path, value in written(dataset):
            assert not leaks.search(value), (name, path)


def test_the_good_copy_holds_no_date_but_a_year(archive):
    for name, dataset in archive.of_collection("research/well"):
        for path, element in walk(dataset):
            if element.VR in ("DA", "DT") and text(element):
                assert text(element)[4:8] == "0101", (name, path)
        assert "PatientAge" not in dataset
        assert not any(element.tag.is_private for element in dataset)


def test_the_good_copy_has_other_uids_and_true_references(archive):
    clinical = {value for _, ds in archive.of_collection("clinical") for value in own_uids(ds)}
    copies = dict(archive.of_collection("research/well"))
    held = {str(ds.SOPInstanceUID) for ds in copies.values()}
    for dataset in copies.values():
        assert clinical.isdisjoint(own_uids(dataset))
    edges = [edge for edge in archive.key["references"] if edge["source"] in held]
    sources = set(pairs(archive, "well"))
    for edge in edges:
        assert edge["target"] in held or edge["target"] not in sources


def test_the_good_copy_says_how_it_was_made(archive):
    for _, dataset in archive.of_collection("research/well"):
        assert dataset.PatientIdentityRemoved == "YES"
        assert dataset.DeidentificationMethod
        assert dataset.BurnedInAnnotation == "NO"


@pytest.mark.filterwarnings("ignore:The pixel data is:UserWarning")
def test_a_copy_shows_the_pixels_of_its_source(archive):
    by_uid = {str(ds.SOPInstanceUID): name for name, ds in archive.of_collection("clinical")}
    compared = 0
    for copied, original in list(pairs(archive, "well").items())[::7]:
        copy = next(name for name, ds in archive.objects.items() if ds.SOPInstanceUID == copied)
        assert (archive.read(copy).pixel_array == archive.read(by_uid[original]).pixel_array).all()
        compared += 1
    assert compared


def test_the_bad_copy_claims_removal_and_still_tells(archive, leaks):
    telling = set()
    for name, dataset in archive.of_collection("research/badly"):
        assert dataset.PatientIdentityRemoved == "YES"
        assert "DeidentificationMethod" not in dataset
        telling |= {name for _, value in written(dataset) if leaks.search(value)}
    assert telling
    residue = [plant for plant in archive.key["plants"] if plant["file"].startswith("research/badly")]
    assert {plant["class"] for plant in residue} >= {"A", "C", "H", "R", "M"}


def pairs(archive, manner):
    return {
        new: old for study in archive.key["deidentified"][manner] for new, old in study["instances"].items()
    }


def own_uids(dataset):
    for _, element in walk(dataset):
        if element.VR == "UI" and text(element) and UID(text(element)).name == text(element):
            yield text(element)


def test_a_study_that_leaves_nothing_to_copy_has_no_copy(tmp_path):
    """The sixtieth visit of this seed is a single scan of paper."""
    synthesize(tmp_path, studies=60, seed=1)
    assert (tmp_path / "answer_key.json").exists()
