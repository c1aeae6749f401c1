"""Sources: connecting a folder, watching and steering its crawl, and what stands in its way."""

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog.models import Chunk, Crawl, Source
from tests.factories import make_crawl, make_quarantine, make_source
from tests.web.conftest import signed_in


@pytest.fixture
def folder(tmp_path):
    for number in range(25):
        (tmp_path / f"IM{number:02}.txt").write_text("no DICOM")
    return tmp_path


@pytest.fixture(autouse=True)
def quiet_queue(monkeypatch):
    """These tests look at pages; the crawl has tests of its own, with workers."""
    monkeypatch.setattr("catalog.receivers._send", lambda _task, _crawl_id: None)


def form(collection, folder, **given) -> dict[str, str]:
    return {
        "collection": str(collection.pk),
        "name": "Archive A",
        "location": str(folder),
        "step": "preview",
        **given,
    }


def test_a_folder_is_looked_at_before_anything_is_stored(radiology, folder, alice):
    response = signed_in(alice).post("/sources/add", form(radiology, folder))
    body = response.content.decode()
    assert response.status_code == 200
    assert "The first 20 files" in body
    assert "Not a DICOM file" in body
    assert "Start import" in body
    assert not Source.objects.exists()


def test_starting_stores_the_source_and_begins_its_crawl(radiology, folder, alice):
    response = signed_in(alice).post("/sources/add", form(radiology, folder, step="start"))
    source = Source.objects.get()
    assert response["Location"] == reverse("catalog:source", args=[source.pk])
    assert source.crawls.get().status == Crawl.Status.RUNNING
    assert source.name == "Archive A"


def test_an_error_is_said_beside_its_field_and_keeps_what_was_typed(radiology, alice):
    response = signed_in(alice).post("/sources/add", form(radiology, "/nowhere/at/all"))
    body = response.content.decode()
    assert response.status_code == 422
    assert 'aria-invalid="true"' in body
    assert "id_location_error" in body
    assert 'value="/nowhere/at/all"' in body
    assert not Source.objects.exists()


def test_a_collection_that_one_may_not_manage_cannot_be_chosen(radiology, folder, bob):
    assert signed_in(bob).post("/sources/add", form(radiology, folder)).status_code == 403


@pytest.fixture
def running(radiology):
    source = make_source(radiology)
    crawl = make_crawl(source, status=Crawl.Status.RUNNING, finished_at=None, walked_at=None)
    Chunk.objects.create(
        crawl=crawl, ordinal=0, listed=10, state="done", catalogued=7, unchanged=2, quarantined=1
    )
    Chunk.objects.create(crawl=crawl, ordinal=1, listed=10)
    return crawl


def progress(client, crawl) -> str:
    return client.get(reverse("catalog:crawl-progress", args=[crawl.source_id])).content.decode()


def test_while_the_total_is_unknown_no_percentage_is_shown(running, bob):
    body = progress(signed_in(bob), running)
    assert "The total is not known yet" in body
    assert "<progress" in body
    assert "value=" not in body.partition("<progress")[2].partition(">")[0]


def test_once_the_folder_is_listed_progress_is_a_share_of_it(running, bob):
    Crawl.objects.update(walked_at=timezone.now())
    body = progress(signed_in(bob), running)
    assert 'max="100" value="50"' in body
    assert "10 of 20 files" in body


def test_the_panel_asks_again_only_while_the_crawl_runs(running, bob):
    client = signed_in(bob)
    assert "<live-poll" in progress(client, running)
    Crawl.objects.update(status=Crawl.Status.PAUSED)
    assert "<live-poll" not in progress(client, running)


@pytest.mark.parametrize(
    ("before", "verb", "after"),
    [("running", "pause", "paused"), ("paused", "resume", "running"), ("running", "cancel", "cancelled")],
)
def test_a_crawl_is_steered(before, verb, after, running, bob, tmp_path):
    # A crawl is resumed only where its folder is.
    Source.objects.filter(pk=running.source_id).update(location=str(tmp_path))
    Crawl.objects.update(status=before)
    response = signed_in(bob).post(reverse("catalog:crawl-control", args=[running.pk, verb]), follow=True)
    running.refresh_from_db()
    assert running.status == after
    assert response.status_code == 200


def test_what_cannot_be_done_is_said(running, bob):
    Crawl.objects.update(status=Crawl.Status.COMPLETED)
    response = signed_in(bob).post(reverse("catalog:crawl-control", args=[running.pk, "pause"]), follow=True)
    assert "Only a running crawl can be paused." in response.content.decode()


def test_causes_come_with_a_remedy_and_a_way_to_try_again(held, bob):
    client = signed_in(bob)
    body = client.get(reverse("catalog:source", args=[held.source.pk])).content.decode()
    assert "The file ends in the middle of its header" in body
    assert "the transfer was cut off" in body
    client.post(reverse("catalog:quarantine-retry", args=[held.source.pk]), {"cause": "truncated"})
    assert held.source.crawls.first().kind == Crawl.Kind.RETRY


def test_quarantine_is_listed_by_cause_then_by_file(held, bob):
    client = signed_in(bob)
    make_quarantine(held.source, cause="not_dicom", detail="")
    overview = client.get("/quarantine").content.decode()
    assert overview.index("Not a DICOM file") != overview.index("The file ends in the middle")
    files = client.get("/quarantine?cause=truncated").content.decode()
    assert "ends inside (0010,0010)" in files
    assert held.source.name in files
    assert client.get("/quarantine?cause=corrupt").status_code == 200


def test_a_source_without_a_crawl_says_so(radiology, bob):
    make_source(radiology)
    body = signed_in(bob).get("/sources").content.decode()
    assert "Never crawled" in body


def test_the_list_asks_as_little_of_ten_sources_as_of_two(radiology, bob, django_assert_max_num_queries):
    for _number in range(10):
        make_crawl(make_source(radiology))
    client = signed_in(bob)
    with django_assert_max_num_queries(18):
        client.get("/sources")
