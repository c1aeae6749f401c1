"""What a crawl promises about the files of its source."""

import os
import random
import socket
import time
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, connection
from django.utils import timezone

from catalog.actions import compare_chunk, stage_objects, summarise
from catalog.actions import walk_crawl as walking
from catalog.actions.add_source import add_source
from catalog.actions.control_crawl import (
    cancel_crawl,
    pause_crawl,
    resume_crawl,
    retry_quarantined,
    start_crawl,
)
from catalog.actions.read_chunk import MOST_ATTEMPTS, read_chunk
from catalog.actions.read_files import read_files
from catalog.actions.refusals import Refused
from catalog.actions.wake_crawls import wake_crawls
from catalog.actions.walk_crawl import walk_crawl
from catalog.dicom import LONGEST_TEXT, Cause
from catalog.models import (
    Chunk,
    Crawl,
    DirtySeries,
    Header,
    IndexChange,
    Instance,
    Patient,
    Quarantine,
    Series,
    SeriesHeader,
    Study,
    SubjectChange,
)
from catalog.sources import SourceUnreachable
from catalog.sources.folder import LONGEST_FOLDER, Folder
from tests.catalog.crawl.conftest import LONG_AGO, outcomes, work, write_object
from tests.catalog.crawl.fingerprint import fingerprint
from tests.catalog.dicom.building import by_hand, explicit


def test_every_file_is_catalogued_with_what_people_filter_by(crawl):
    assert outcomes(crawl()) == {"catalogued": 6}
    study = Study.objects.get(study_instance_uid="1.2.3.1")
    assert (study.series_count, study.instance_count, study.modalities) == (2, 4, ["CT"])
    assert study.study_date == date(2023, 4, 2)
    assert study.patient.patient_name == "Doe^Jane"
    assert Series.objects.get(series_instance_uid="1.2.3.1.1").instance_count == 3


def test_a_series_shares_one_header(crawl):
    crawl()
    series = Series.objects.get(series_instance_uid="1.2.3.1.1")
    assert Instance.objects.filter(series=series).values("header").distinct().count() == 1
    assert Header.objects.count() == 3


def test_a_second_crawl_reads_nothing_again(crawl):
    crawl()
    with connection.cursor() as cursor:
        before = fingerprint(cursor)
        assert outcomes(crawl()) == {"unchanged": 6}
        assert fingerprint(cursor) == before


def test_a_changed_file_keeps_its_row_and_its_history(crawl, archive):
    crawl()
    first_seen = Instance.objects.get(locator="st2/se1/1.dcm").first_seen_at
    write_object(archive / "st2/se1/1.dcm", study=2, number=1, PatientComments="new")
    os.utime(archive / "st2/se1/1.dcm", (LONG_AGO + 60, LONG_AGO + 60))
    ended = crawl()
    assert outcomes(ended) == {"catalogued": 1, "unchanged": 5}
    assert ended.changed == 1
    row = Instance.objects.get(locator="st2/se1/1.dcm")
    assert (row.first_seen_at, row.revision) == (first_seen, 2)
    assert row.changed_at is not None


def test_a_touched_file_with_the_same_content_is_no_new_revision(crawl, archive):
    crawl()
    os.utime(archive / "st2/se1/1.dcm", (LONG_AGO + 60, LONG_AGO + 60))
    assert outcomes(crawl()) == {"catalogued": 1, "unchanged": 5}
    assert Instance.objects.get(locator="st2/se1/1.dcm").revision == 1


def test_a_file_that_moves_to_another_series_is_counted_there_only(crawl, archive):
    crawl()
    write_object(archive / "st1/se2/1.dcm", study=2, series=1, number=9)
    os.utime(archive / "st1/se2/1.dcm", (LONG_AGO + 60, LONG_AGO + 60))
    crawl()
    assert Series.objects.get(series_instance_uid="1.2.3.1.2").instance_count == 0
    assert Series.objects.get(series_instance_uid="1.2.3.2.1").instance_count == 3


def test_a_vanished_file_is_remembered_but_no_longer_counted(crawl, archive):
    crawl()
    (archive / "st2/se1/1.dcm").unlink()
    assert outcomes(crawl()) == {"unchanged": 5, "vanished": 1}
    assert Instance.objects.get(locator="st2/se1/1.dcm").vanished_at is not None
    assert Study.objects.get(study_instance_uid="1.2.3.2").instance_count == 1


def test_a_file_that_comes_back_is_held_again(crawl, archive):
    crawl()
    aside = archive.parent / "aside"
    (archive / "st2").rename(aside)
    assert outcomes(crawl()) == {"unchanged": 4, "vanished": 2}
    assert not Study.objects.held().filter(study_instance_uid="1.2.3.2").exists()
    aside.rename(archive / "st2")
    assert outcomes(crawl()) == {"unchanged": 4, "catalogued": 2}
    assert Study.objects.get(study_instance_uid="1.2.3.2").instance_count == 2


def test_a_moved_file_is_known_as_such_and_keeps_its_first_sight(crawl, archive):
    crawl()
    first_seen = Instance.objects.get(locator="st2/se1/1.dcm").first_seen_at
    (archive / "st2").rename(archive / "elsewhere")
    ended = crawl()
    assert outcomes(ended) == {"unchanged": 4, "catalogued": 2, "vanished": 2}
    assert ended.moved == 2
    row = Instance.objects.get(locator="elsewhere/se1/1.dcm")
    assert row.first_seen_at == first_seen
    assert row.moved_from == Instance.objects.get(locator="st2/se1/1.dcm").pk


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", Cause.EMPTY_FILE),
        (b"hello, this is a text and no image at all" * 9, Cause.NOT_DICOM),
    ],
)
def test_what_is_no_dicom_is_quarantined_and_the_rest_goes_through(crawl, archive, content, cause):
    bad = archive / "st1/notes.txt"
    bad.write_bytes(content)
    os.utime(bad, (LONG_AGO, LONG_AGO))
    assert outcomes(crawl()) == {"catalogued": 6, "quarantined": 1}
    assert Quarantine.objects.get().cause == cause
    assert outcomes(crawl()) == {"unchanged": 6, "quarantined": 1}
    bad.unlink()
    assert outcomes(crawl()) == {"unchanged": 6, "vanished": 1}
    assert not Quarantine.objects.exists()


def test_an_object_without_study_uid_is_quarantined_with_the_element_named(crawl, archive):
    write_object(archive / "nowhere.dcm", StudyInstanceUID="")
    assert outcomes(crawl()) == {"catalogued": 6, "quarantined": 1}
    refused = Quarantine.objects.get()
    assert refused.cause == Cause.MISSING_IDENTIFIER
    assert "(0020,000D)" in refused.detail


def test_a_catalogued_file_that_breaks_leaves_the_catalogue_for_quarantine(crawl, archive):
    crawl()
    (archive / "st2/se1/1.dcm").write_bytes(b"")
    os.utime(archive / "st2/se1/1.dcm", (LONG_AGO + 60, LONG_AGO + 60))
    assert outcomes(crawl()) == {"unchanged": 5, "quarantined": 1}
    assert Instance.objects.get(locator="st2/se1/1.dcm").vanished_at is not None
    write_object(archive / "st2/se1/1.dcm", study=2)
    assert outcomes(crawl()) == {"unchanged": 5, "catalogued": 1}
    assert not Quarantine.objects.exists()


def test_retrying_reads_quarantined_files_even_if_they_look_the_same(crawl, source, archive):
    (archive / "bad").write_bytes(b"")
    os.utime(archive / "bad", (LONG_AGO, LONG_AGO))
    crawl()
    ended = work(retry_quarantined(source, actor=None, cause=Cause.EMPTY_FILE))
    assert outcomes(ended) == {"quarantined": 1}
    assert Quarantine.objects.get().attempts == 2
    write_object(archive / "bad", study=3)
    assert outcomes(work(retry_quarantined(source, actor=None))) == {"catalogued": 1}
    with pytest.raises(Refused, match="left to be read again"):
        retry_quarantined(source, actor=None)


def test_values_that_no_text_column_can_hold_do_not_stop_the_others(crawl, archive):
    write_object(archive / "nul.dcm", study=4, StudyDescription="a\0b", SeriesNumber=None)
    assert outcomes(crawl()) == {"catalogued": 7}
    assert "\0" not in Study.objects.get(study_instance_uid="1.2.3.4").study_description


def test_a_file_still_being_written_waits_and_is_then_catalogued(crawl, archive, settings):
    settings.QUIET_SECONDS = 1
    path = write_object(archive / "growing.dcm", study=5)
    os.utime(path)
    ended = crawl()
    assert outcomes(ended) == {"catalogued": 7}
    assert ended.chunks.filter(round=1).count() == 1


def test_a_file_that_never_stops_growing_ends_in_quarantine(crawl, archive, settings, monkeypatch):
    settings.QUIET_SECONDS = 1
    monkeypatch.setattr("catalog.actions.read_files.MOST_ROUNDS", 0)
    os.utime(write_object(archive / "growing.dcm", study=5))
    assert outcomes(crawl()) == {"catalogued": 6, "quarantined": 1}
    assert Quarantine.objects.get().cause == Cause.STILL_GROWING


def test_a_file_from_a_clock_that_is_ahead_is_not_taken_for_a_growing_one(crawl, archive):
    path = write_object(archive / "ahead.dcm", study=5)
    os.utime(path, (time.time() + 9999, time.time() + 9999))
    assert outcomes(crawl()) == {"catalogued": 7}


def test_names_that_are_not_utf8_or_hold_backslashes_are_catalogued_and_found_again(crawl, archive):
    for number, name in enumerate(
        (b"caf\xe9.dcm", b"back\\slash.dcm", "ünï.dcm".encode(), b"new\nline\ttab"), start=1
    ):
        write_object(archive / "plain", study=6, number=number).rename(archive / os.fsdecode(name))
    assert outcomes(crawl()) == {"catalogued": 10}
    assert outcomes(crawl()) == {"unchanged": 10}
    assert Instance.objects.filter(locator="caf\\xe9.dcm").exists()


def test_links_and_sockets_are_reported_and_the_rest_goes_on(crawl, archive):
    (archive / "loop").symlink_to(archive)
    (archive / "out").symlink_to("/etc")
    (archive / "nowhere").symlink_to(archive / "missing")
    (archive / "alias").symlink_to(archive / "st1")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(archive / "socket"))
        ended = crawl()
    assert outcomes(ended) == {"catalogued": 6}
    assert dict(ended.problems.values_list("locator", "cause")) == {
        "loop": "symlink_loop",
        "out": "link_outside_source",
        "nowhere": "dangling_link",
        "socket": "special_file",
    }


def test_a_folder_whose_path_fits_no_index_is_reported_and_the_rest_goes_on(crawl, archive):
    name = "d" * 250
    depth = LONGEST_FOLDER // len(name) + 1
    write_object(archive / "/".join([name] * 2) / "shallow.dcm", study=3)
    write_object(archive / "/".join([name] * depth) / "deep.dcm", study=4)

    ended = crawl()

    assert outcomes(ended) == {"catalogued": 7}
    assert list(ended.problems.values_list("cause", flat=True)) == ["path_too_long"]


def noise(size: int) -> bytes:
    """Letters that cannot be compressed."""
    return random.Random(5).randbytes(size).translate(bytes(range(0xA1, 0xF1)) * 3 + bytes(range(0xB1, 0xC1)))


def write_noise(path: Path, tag: int, *others: int) -> None:
    values = {
        0x00080005: ("CS", b"ISO_IR 100"),
        0x00080018: ("UI", b"1.2.3.9.1.1\0"),
        0x00100020: ("LO", b"P9"),
        0x0020000D: ("UI", b"1.2.3.9\0"),
        0x0020000E: ("UI", b"1.2.3.9.1\0"),
    }
    values |= {noisy: ("LO", noise(1020)) for noisy in (tag, *others)}
    path.write_bytes(by_hand(*(explicit(tag, *value) for tag, value in sorted(values.items()))))
    os.utime(path, (LONG_AGO, LONG_AGO))


def test_columns_longer_than_an_index_holds_are_cut_and_the_header_keeps_them_whole(crawl, archive):
    write_noise(archive / "noise.dcm", 0x00080070, 0x00081090)

    assert outcomes(crawl()) == {"catalogued": 7}

    assert len(Series.objects.get(series_instance_uid="1.2.3.9.1").manufacturer) == LONGEST_TEXT
    header = Header.objects.get(series_instance_uid="1.2.3.9.1")
    assert header.content["00080070"]["Value"] == [noise(1020).decode("latin-1")]


@pytest.mark.parametrize("tag", [0x00100020, 0x00100021])
def test_a_patient_is_not_known_by_a_part_of_an_identifier(crawl, archive, tag):
    write_noise(archive / "noise.dcm", tag)

    assert outcomes(crawl()) == {"catalogued": 6, "quarantined": 1}

    assert Quarantine.objects.get().detail.endswith("is longer than 256 bytes.")


def test_what_lies_in_a_folder_that_cannot_be_read_has_not_vanished(crawl, archive, monkeypatch):
    crawl()
    deny(monkeypatch, "st1/", "_entries")
    ended = crawl()
    assert outcomes(ended) == {"unchanged": 2}
    assert ended.problems.get().cause == "folder_unreadable"
    assert Instance.objects.held().count() == 6


def deny(monkeypatch, locator, *ways):
    """Refuse what lies there, as the system refuses an account that is not root's."""
    for way in ways:
        monkeypatch.setattr(Folder, way, refusing(getattr(Folder, way), locator))


def refusing(call, locator):
    def refused(self, asked):
        if asked == locator:
            raise PermissionError(13, "Permission denied")
        return call(self, asked)

    return refused


def test_a_source_that_is_away_pauses_the_crawl_and_nothing_vanishes(crawl, source, archive):
    crawl()
    running = start_crawl(source, actor=None)
    archive.rename(archive.parent / "unmounted")
    ended = work(running)
    assert ended.status == Crawl.Status.PAUSED
    assert "cannot be reached" in ended.failure
    assert Instance.objects.held().count() == 6
    (archive.parent / "unmounted").rename(archive)
    resume_crawl(ended, actor=None)
    assert outcomes(work(ended)) == {"unchanged": 6}


def test_a_disk_that_disappears_between_listing_and_reading_makes_nothing_vanish(source, archive):
    running = start_crawl(source, actor=None)
    walk_crawl(running.pk)
    archive.rename(archive.parent / "unmounted")
    running.refresh_from_db()
    assert not read_chunk(running)
    running.refresh_from_db()
    assert running.status == Crawl.Status.PAUSED
    (archive.parent / "unmounted").rename(archive)
    resume_crawl(running, actor=None)
    assert outcomes(work(running)) == {"catalogued": 6}


def test_an_empty_folder_where_files_were_known_is_taken_for_an_unmounted_disk(crawl, source, archive):
    crawl()
    for name in ("st1", "st2"):
        (archive / name).rename(archive.parent / name)
    ended = work(start_crawl(source, actor=None))
    assert (ended.status, Instance.objects.held().count()) == (Crawl.Status.PAUSED, 6)
    cancel_crawl(ended, actor=None)
    assert outcomes(crawl(allow_empty=True)) == {"vanished": 6}


def test_another_disk_at_the_same_place_is_noticed(crawl, source, archive):
    crawl()
    archive.rename(archive.parent / "unmounted")
    archive.mkdir()
    assert "is the disk mounted" in work(start_crawl(source, actor=None)).failure


def test_a_file_gone_between_listing_and_reading_has_vanished(source, archive):
    running = start_crawl(source, actor=None)
    walk_crawl(running.pk)
    (archive / "st2/se1/1.dcm").unlink()
    assert outcomes(work(running)) == {"catalogued": 5, "vanished": 1}


def test_a_paused_crawl_takes_no_chunk_and_resumes_where_it_was(source, settings):
    settings.FILES_PER_CHUNK = 2
    running = start_crawl(source, actor=None)
    walk_crawl(running.pk)
    assert read_chunk(running)
    pause_crawl(running, actor=None)
    assert not read_chunk(running)
    resume_crawl(running, actor=None)
    ended = work(running)
    assert outcomes(ended) == {"catalogued": 6}
    assert ended.counts().adds_up


def test_a_cancelled_crawl_keeps_what_it_did_and_the_next_finds_the_rest(crawl, source, settings):
    settings.FILES_PER_CHUNK = 2
    running = start_crawl(source, actor=None)
    walk_crawl(running.pk)
    read_chunk(running)
    cancel_crawl(running, actor=None)
    with pytest.raises(Refused, match="over already"):
        cancel_crawl(running, actor=None)
    assert outcomes(crawl()) == {"unchanged": 2, "catalogued": 4}


def test_a_source_has_one_open_crawl_at_a_time(source):
    start_crawl(source, actor=None)
    with pytest.raises(Refused, match="open already"):
        start_crawl(source, actor=None)


@pytest.mark.parametrize("files_per_chunk", [1, 2, 3, 6, 7])
def test_chunk_size_changes_nothing_but_the_chunks(crawl, archive, settings, files_per_chunk):
    settings.FILES_PER_CHUNK = files_per_chunk
    assert outcomes(crawl()) == {"catalogued": 6}
    (archive / "st1/se1/2.dcm").unlink()
    (archive / "st1/se1/10.dcm").write_bytes(b"")
    os.utime(archive / "st1/se1/10.dcm", (LONG_AGO, LONG_AGO))
    write_object(archive / "zz/1.dcm", study=7)
    assert outcomes(crawl()) == {"unchanged": 5, "catalogued": 1, "vanished": 1, "quarantined": 1}


def test_a_worker_that_comes_back_too_late_changes_nothing(source, monkeypatch):
    running = start_crawl(source, actor=None)
    walk_crawl(running.pk)
    overtaken: list[int] = []

    def overtake(*_args, **_options):
        if not overtaken:
            overtaken.append(Chunk.objects.update(attempt=99))

    monkeypatch.setattr("catalog.actions.read_chunk.compare_chunk", spy_before("compare_chunk", overtake))
    assert read_chunk(running)
    assert not Instance.objects.exists()
    assert Chunk.objects.get().state == Chunk.State.RUNNING


def spy_before(name, first):
    original = getattr(compare_chunk, name)

    def called(*arguments, **options):
        first()
        return original(*arguments, **options)

    return called


def test_a_silent_workers_chunk_is_taken_over(source):
    running = start_crawl(source, actor=None)
    walk_crawl(running.pk)
    now = timezone.now()
    taken = Chunk.objects.claim_next(running.pk, at=now, seconds=60)
    assert taken is not None
    assert Chunk.objects.claim_next(running.pk, at=now, seconds=60) is None
    later = now + timedelta(seconds=61)
    again = Chunk.objects.claim_next(running.pk, at=later, seconds=60)
    assert again is not None
    assert (again.pk, again.attempt) == (taken.pk, taken.attempt + 1)


def test_the_file_that_kills_its_readers_is_found_and_quarantined_alone(crawl, source, monkeypatch):
    def killed(place, candidates, heartbeat, *, round_):
        if any(candidate.locator == "st1/se2/1.dcm" for candidate in candidates):
            raise MemoryError
        return original(place, candidates, heartbeat, round_=round_)

    original = read_files
    monkeypatch.setattr("catalog.actions.read_chunk.read_files", killed)
    running = start_crawl(source, actor=None)
    for _ in range(100):
        try:
            ended = work(running)
        except MemoryError:
            continue
        if ended.status == Crawl.Status.COMPLETED:
            break
    assert outcomes(ended) == {"catalogued": 5, "quarantined": 1}
    assert Quarantine.objects.get().cause == Cause.KILLED_ITS_READER


@pytest.mark.parametrize("passing", [OperationalError, InterfaceError, SourceUnreachable])
def test_what_goes_away_now_and_then_is_no_fault_of_the_files(source, monkeypatch, passing):
    def away(*_arguments, **_options):
        raise passing("away")

    running = start_crawl(source, actor=None)
    walk_crawl(running.pk)
    with monkeypatch.context() as patch:
        patch.setattr("catalog.actions.read_chunk.store_chunk", away)
        for _ in range(MOST_ATTEMPTS + 2):
            with suppress(OperationalError, InterfaceError):
                read_chunk(running)
            Crawl.objects.update(status=Crawl.Status.RUNNING)
    assert set(Chunk.objects.values_list("attempt", "state")) == {(0, Chunk.State.PENDING)}
    assert outcomes(work(running)) == {"catalogued": 6}


def test_a_value_beyond_the_limits_of_the_database_is_not_tried_for_ever(source, monkeypatch):
    def beyond(*_arguments, **_options):
        raise OperationalError("index row too big") from psycopg.errors.ProgramLimitExceeded()

    running = start_crawl(source, actor=None)
    walk_crawl(running.pk)
    monkeypatch.setattr("catalog.actions.read_chunk.store_chunk", beyond)
    with suppress(OperationalError):
        read_chunk(running)
    assert list(Chunk.objects.values_list("attempt", flat=True)) == [1]


def test_more_headers_than_memory_holds_are_handed_on(crawl, monkeypatch):
    monkeypatch.setattr("catalog.actions.read_files.MOST_BYTES_HELD", 1)
    ended = crawl()
    assert outcomes(ended) == {"catalogued": 6}
    assert ended.chunks.filter(has_range=False).count() == 5


def test_numbers_beyond_what_dicom_allows_are_kept(crawl, archive):
    write_object(archive / "huge.dcm", study=3, NumberOfFrames=2**40)
    crawl()
    assert Header.objects.get(study_instance_uid="1.2.3.3").number_of_frames == 2**40


def refuse_series_number(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let the database refuse what we write for a Series Number."""
    columns = stage_objects._columns

    def spoiled(found):
        return ["no number" if fact == number else fact for fact in columns(found)]

    monkeypatch.setattr(stage_objects, "_columns", spoiled)


def test_a_value_that_the_database_refuses_costs_its_own_file_only(crawl, archive, monkeypatch):
    write_object(archive / "refused.dcm", study=3, SeriesNumber=77)
    refuse_series_number(monkeypatch, 77)
    assert outcomes(crawl()) == {"catalogued": 6, "quarantined": 1}
    refused = Quarantine.objects.get()
    assert (refused.locator, refused.cause) == ("refused.dcm", Cause.UNSTORABLE)
    assert "SQLSTATE 22" in refused.detail


def announced_headers() -> list[int]:
    return sorted(SubjectChange.objects.filter(subject="header").values_list("subject_id", flat=True))


def test_every_new_header_is_announced_once(crawl, archive):
    (archive / "broken.dcm").write_bytes(b"no dicom")
    os.utime(archive / "broken.dcm", (LONG_AGO, LONG_AGO))
    crawl()
    assert announced_headers() == sorted(Header.objects.values_list("pk", flat=True)) != []
    SubjectChange.objects.all().delete()
    Instance.objects.all().delete()
    crawl()
    assert announced_headers() == []


def test_headers_beside_a_refused_one_are_announced(crawl, archive, monkeypatch):
    write_object(archive / "refused.dcm", study=3, SeriesNumber=77)
    refuse_series_number(monkeypatch, 77)
    crawl()
    assert announced_headers() == sorted(Header.objects.values_list("pk", flat=True)) != []


def test_a_header_that_another_worker_stores_in_the_same_moment_is_stored_once(crawl, monkeypatch):
    known = stage_objects._known
    looked: list[set[bytes]] = []

    def too_early(digests):
        """As if the other worker committed between the first look and the COPY."""
        looked.append(known(digests))
        return set() if len(looked) == 1 else looked[-1]

    crawl()
    headers = set(Header.objects.values_list("digest", flat=True))
    gone = Header.objects.filter(study_instance_uid="1.2.3.2")
    SeriesHeader.objects.filter(header__in=gone).delete()
    gone.delete()
    Instance.objects.all().delete()
    SubjectChange.objects.all().delete()
    monkeypatch.setattr(stage_objects, "_known", too_early)
    assert outcomes(crawl()) == {"catalogued": 6}
    assert len(looked) == 2
    assert set(Header.objects.values_list("digest", flat=True)) == headers
    assert announced_headers() == list(gone.all().values_list("pk", flat=True)) != []


def test_a_database_that_refuses_a_header_without_a_reason_is_not_asked_for_ever(crawl, source, monkeypatch):
    crawl()
    Instance.objects.all().delete()
    monkeypatch.setattr(stage_objects, "_known", lambda _digests: set())
    again = start_crawl(source, actor=None)
    walk_crawl(again.pk)
    with pytest.raises(IntegrityError):
        read_chunk(again)


def test_a_summary_leaves_the_work_to_the_one_who_is_at_it(transactional_db, source):
    running = start_crawl(source, actor=None)
    walk_crawl(running.pk)
    read_chunk(running)
    dirty = DirtySeries.objects.count()
    assert dirty == 3
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [summarise._LOCK])
        assert summarise.summarise_some(wait=False) == 0
        assert DirtySeries.objects.count() == dirty
    assert summarise.summarise_some(wait=False) == dirty
    assert not DirtySeries.objects.exists()


def test_two_patients_in_one_study_are_a_conflict_that_does_not_depend_on_order(crawl, archive):
    write_object(archive / "aa/1.dcm", study=2, series=2, PatientID="P0")
    write_object(archive / "zz/1.dcm", study=2, series=3, PatientID="P9")
    crawl()
    study = Study.objects.get(study_instance_uid="1.2.3.2")
    assert (study.patient_count, study.patient.patient_id) == (3, "P0")


def test_objects_without_patient_id_are_not_thrown_together(crawl, archive):
    write_object(archive / "a.dcm", study=8, PatientID="")
    write_object(archive / "b.dcm", study=9, PatientID="")
    crawl()
    assert Patient.objects.filter(patient_id="").count() == 2


def test_the_outbox_tells_of_every_study_and_series_that_changed(crawl, archive):
    crawl()
    assert IndexChange.objects.filter(entity="study").count() == 2
    assert IndexChange.objects.filter(entity="series").count() == 3
    assert not DirtySeries.objects.exists()
    IndexChange.objects.all().delete()
    crawl()
    assert not IndexChange.objects.exists()
    (archive / "st2/se1/1.dcm").unlink()
    crawl()
    assert IndexChange.objects.filter(entity="series").count() == 1


def test_a_disk_mounted_again_under_another_number_is_the_same_place(crawl, source):
    crawl()
    source.identity = "1:1"
    source.save()
    assert outcomes(crawl()) == {"unchanged": 6}


def test_a_file_that_was_not_permitted_is_read_again_though_it_looks_the_same(
    crawl, source, archive, monkeypatch
):
    with monkeypatch.context() as patch:
        deny(patch, "st2/se1/1.dcm", "_open")
        assert outcomes(crawl()) == {"catalogued": 5, "quarantined": 1}
    assert outcomes(crawl()) == {"unchanged": 5, "catalogued": 1}


def test_the_listing_of_a_crawl_that_is_over_is_forgotten(crawl):
    assert list(crawl().chunks.values_list("locators", flat=True)) == [[]]


def test_cancelling_while_a_chunk_is_read_makes_nothing_vanish(crawl, source, monkeypatch):
    crawl()
    running = start_crawl(source, actor=None)
    walk_crawl(running.pk)
    with monkeypatch.context() as patch:
        cancelling = spy_before("compare_chunk", lambda: cancel_crawl(running, actor=None))
        patch.setattr("catalog.actions.read_chunk.compare_chunk", cancelling)
        read_chunk(running)
    assert Instance.objects.held().count() == 6
    assert outcomes(crawl()) == {"unchanged": 6}


def test_a_disk_unmounted_in_the_middle_of_a_walk_makes_nothing_vanish(
    crawl, source, archive, settings, monkeypatch
):
    crawl()
    settings.FILES_PER_CHUNK = 2
    running = start_crawl(source, actor=None)
    renew = walking._renew
    unmounted: list[bool] = []

    def unmount_after_the_first(*arguments, **options):
        renew(*arguments, **options)
        if not unmounted:
            unmounted.append(True)
            archive.rename(archive.parent / "unmounted")
            archive.mkdir()

    monkeypatch.setattr("catalog.actions.walk_crawl._renew", unmount_after_the_first)
    ended = work(running)
    assert ended.status == Crawl.Status.PAUSED
    assert Instance.objects.held().count() == 6
    with pytest.raises(Refused, match="is the disk mounted"):
        resume_crawl(ended, actor=None)
    archive.rmdir()
    (archive.parent / "unmounted").rename(archive)
    resume_crawl(ended, actor=None)
    assert outcomes(work(ended)) == {"unchanged": 6}


def test_a_known_file_that_may_not_be_read_today_stays_in_the_catalogue(crawl, archive, monkeypatch):
    crawl()
    with monkeypatch.context() as patch:
        deny(patch, "st2/se1/1.dcm", "_stat", "_open")
        assert outcomes(crawl()) == {"unchanged": 5, "quarantined": 1}
        assert Instance.objects.held().count() == 6
        assert Study.objects.get(study_instance_uid="1.2.3.2").instance_count == 2
    assert outcomes(crawl()) == {"unchanged": 5, "catalogued": 1}
    assert not Quarantine.objects.exists()


def test_what_a_cancelled_crawl_catalogued_is_seen_without_another_crawl(source, settings):
    settings.FILES_PER_CHUNK = 4
    running = start_crawl(source, actor=None)
    walk_crawl(running.pk)
    read_chunk(running)
    cancel_crawl(running, actor=None)
    wake_crawls()
    assert Study.objects.held().filter(study_instance_uid="1.2.3.1").exists()


@pytest.mark.parametrize("place", ["st1", "st1/se1", ".."])
def test_a_folder_inside_or_around_a_source_is_not_connected_again(source, archive, place):
    with pytest.raises(Refused, match="overlaps"):
        add_source(source.collection, name="again", location=str(archive / place), actor=None)
