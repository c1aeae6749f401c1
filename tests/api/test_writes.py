"""Sources, crawls and quarantine: what may be done, and what is refused in which words."""

from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

from catalog.models import Chunk, Crawl, Quarantine, Source
from tests.factories import make_crawl, make_quarantine, make_source


@pytest.fixture
def folder(tmp_path, settings):
    """A folder with one CT image and one text file, where sources may lie."""
    settings.SOURCE_ROOTS = [tmp_path]
    place = tmp_path / "Quixotesecret"
    place.mkdir()
    image = Path(str(get_testdata_file("CT_small.dcm", read=False)))
    (place / "image.dcm").write_bytes(image.read_bytes())
    (place / "notes.txt").write_text("no DICOM here")
    return place


def test_a_folder_is_previewed_without_its_names(alices, radiology, folder):
    answer = alices.post("/api/sources/preview/", {"collection": radiology.pk, "location": str(folder)})
    assert answer.status_code == 200
    by_readable = {row["readable"]: row for row in answer.json()}
    assert by_readable[True]["sop_class"] == "CT Image Storage"
    assert by_readable[True]["transfer_syntax"] == "Explicit VR Little Endian"
    assert by_readable[False]["cause"]
    assert "notes" not in answer.content.decode()
    assert not Source.objects.exists()


def test_a_source_is_added_crawled_paused_resumed_and_cancelled(alices, radiology, folder):
    added = alices.post("/api/sources/", {"collection": radiology.pk, "name": "New", "location": str(folder)})
    assert added.status_code == 201
    assert "Quixotesecret" not in added.content.decode()
    assert alices.get(added["Location"]).json() == added.json()

    started = alices.post("/api/crawls/", {"source": added.json()["id"]})
    assert started.status_code == 201
    crawl = started.json()
    assert (crawl["status"], crawl["kind"]) == ("running", "full")
    assert crawl["counts"]["total_known"] is False
    for verb, status in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        answer = alices.post(f"/api/crawls/{crawl['id']}/{verb}/")
        assert answer.status_code == 200
        assert answer.json()["status"] == status


@pytest.mark.parametrize("location", ["relative/folder", "/nonexistent/Quixotesecret", "/etc"])
def test_a_place_that_cannot_be_a_source_is_refused_without_repeating_it(location, alices, radiology, folder):
    body = {"collection": radiology.pk, "location": location}
    for answer in (
        alices.post("/api/sources/preview/", body),
        alices.post("/api/sources/", {**body, "name": "New"}),
    ):
        assert answer.status_code == 409
        assert location not in answer.json()["detail"]


def test_what_does_not_fit_the_state_of_a_crawl_is_a_conflict(alices, radiology):
    over = make_crawl(make_source(radiology))
    for verb in ("pause", "resume", "cancel"):
        assert alices.post(f"/api/crawls/{over.pk}/{verb}/").status_code == 409


def test_a_second_open_crawl_of_a_source_is_a_conflict(alices, radiology, folder):
    source = make_source(radiology, location=str(folder))
    assert alices.post("/api/crawls/", {"source": source.pk}).status_code == 201
    answer = alices.post("/api/crawls/", {"source": source.pk})
    assert answer.status_code == 409
    assert "open already" in answer.json()["detail"]


def test_a_list_of_running_crawls_counts_their_chunks(alices, radiology):
    crawl = make_crawl(make_source(radiology), status="running", finished_at=None)
    Chunk.objects.create(crawl=crawl, ordinal=0, listed=10)
    Chunk.objects.create(crawl=crawl, ordinal=1, listed=4, catalogued=3, quarantined=1, state="done")
    counts = alices.get("/api/crawls/").json()["results"][0]["counts"]
    assert (counts["discovered"], counts["catalogued"], counts["quarantined"], counts["waiting"]) == (
        14,
        3,
        1,
        10,
    )
    assert alices.get(f"/api/crawls/{crawl.pk}/").json()["counts"]["waiting"] == 10


def test_quarantine_is_summed_up_by_cause_with_a_remedy(bobs, radiology, research):
    source = make_source(radiology)
    for cause in ("truncated", "truncated", "not_dicom"):
        make_quarantine(source, cause=cause)
    make_quarantine(make_source(research), cause="truncated")
    causes = bobs.get("/api/quarantine/causes/").json()
    assert [(row["cause"], row["files"]) for row in causes] == [("truncated", 2), ("not_dicom", 1)]
    assert all(row["title"] and row["remedy"] for row in causes)


@pytest.mark.parametrize(("chosen", "expected"), [({}, 3), ({"cause": "truncated"}, 2), ({"ids": [0]}, 1)])
def test_quarantined_files_are_read_again_as_a_crawl_of_their_own(chosen, expected, bobs, radiology):
    source = make_source(radiology)
    rows = [make_quarantine(source, cause=cause) for cause in ("truncated", "truncated", "not_dicom")]
    body = {"source": source.pk, **chosen}
    if "ids" in chosen:
        body["ids"] = [rows[place].pk for place in chosen["ids"]]
    answer = bobs.post("/api/quarantine/retry/", body)
    assert answer.status_code == 202
    assert answer.json()["kind"] == "retry"
    assert sum(Chunk.objects.filter(crawl=answer.json()["id"]).values_list("listed", flat=True)) == expected


def test_retrying_nothing_is_a_conflict(bobs, radiology):
    answer = bobs.post("/api/quarantine/retry/", {"source": make_source(radiology).pk})
    assert answer.status_code == 409
    assert not Crawl.objects.exists()
    assert not Quarantine.objects.exists()
