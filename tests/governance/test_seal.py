"""Sealing: every event gets one place, in whatever order its transactions end, and whoever is killed meanwhile."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from django.db import connection, transaction

from governance.actions.record import record
from governance.actions.seal_events import seal_events
from governance.audit.events import Event
from governance.audit.merkle import Frontier
from governance.audit.notes import new_key, open_note
from governance.models import AuditCheckpoint, AuditEvent, AuditLeaf
from governance.trail.keys import signing_seal, verifying_key
from governance.trail.verify import verify_trail
from tests.governance import trail


def pending() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM governance_audit_pending")
        return int(cursor.fetchone()[0])


def test_sealed_events_have_places_without_gaps_under_a_signed_head(sealed):
    seal, key = sealed
    trail.write_and_seal(seal, 3, 1, 600)
    leaves = list(AuditLeaf.objects.order_by("position"))
    assert [leaf.position for leaf in leaves] == list(range(604))
    frontier = Frontier()
    frontier.extend(bytes(leaf.leaf_hash) for leaf in leaves)
    head = open_note(AuditCheckpoint.objects.last().note, key)
    assert (head.size, head.root) == (604, frontier.root())
    assert pending() == 0
    assert verify_trail(key).finding is None


def test_nothing_new_makes_no_new_head(sealed):
    seal, _key = sealed
    trail.write_and_seal(seal, 2)
    assert seal_events(seal) == 0
    assert AuditCheckpoint.objects.count() == 1


def test_a_batch_leaves_the_rest_for_the_next_one(sealed):
    seal, key = sealed
    trail.write(25)
    assert [seal_events(seal, batch=10) for _ in range(4)] == [10, 10, 5, 0]
    assert verify_trail(key).events == 25


def test_an_event_that_commits_late_is_neither_lost_nor_reordered(sealed):
    """A low number that commits after higher ones were sealed gets the next place, not its own."""
    seal, key = sealed
    written, go_on = threading.Event(), threading.Event()

    def late() -> None:
        with transaction.atomic():
            record(Event.SIGNED_IN, actor=None)
            written.set()
            go_on.wait(10)
        connection.close()

    thread = threading.Thread(target=late)
    thread.start()
    assert written.wait(10)
    trail.write_and_seal(seal, 5)
    go_on.set()
    thread.join()
    assert seal_events(seal) == 1
    last = AuditLeaf.objects.get(position=5)
    assert last.event_id < AuditLeaf.objects.get(position=0).event_id
    assert verify_trail(key).finding is None


def test_an_event_that_is_gone_before_it_was_sealed_is_told_of(sealed):
    seal, _key = sealed
    trail.write(3)
    gone = AuditEvent.objects.first()
    trail.execute("DELETE FROM governance_audit_event WHERE id = %s", gone.pk)
    assert seal_events(seal) == 2
    told = AuditEvent.objects.get(event=Event.AUDIT_GAP_FOUND).told
    assert told["objects"] == [f"event:{gone.pk}"]
    assert told["detail"] == {"missing": 1}


def test_two_sealers_never_give_the_same_place_twice(sealed):
    seal, key = sealed
    trail.write(400)
    counts: list[int] = []

    def work() -> None:
        counts.extend(seal_events(seal, batch=20) for _ in range(40))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while seal_events(seal):
        pass
    report = verify_trail(key)
    assert (report.finding, report.events) == (None, 400)


@pytest.mark.crash
def test_a_sealer_that_is_killed_at_any_moment_leaves_a_whole_trail(sealed, tmp_path, settings):
    """kill -9 while events stream in; the next sealer goes on, and every event ends with one place."""
    key_file = tmp_path / "key.pem"
    key_file.write_bytes(new_key())
    told = {
        **os.environ,
        "ISOCENTER_AUDIT_KEY_FILE": str(key_file),
        "ISOCENTER_AUDIT_ANCHORS": str(tmp_path / "heads.txt"),
        "DATABASE_URL": _address(),
    }
    told.pop("ISOCENTER_AUDIT_KEY", None)
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "audit", "seal", "--watch"]
    written = 0
    for _ in range(3):
        with subprocess.Popen(command, env=told, stderr=subprocess.DEVNULL) as sealer:
            written += _write_until_it_seals(100)
            # And then while it is in the midst of more than it takes at once.
            written += _write_until_it_seals(2000)
            sealer.send_signal(signal.SIGKILL)
    settings.AUDIT_KEY = key_file.read_text()
    while seal_events(signing_seal()):
        pass
    assert AuditLeaf.objects.count() == written
    assert verify_trail(verifying_key()).finding is None


def test_a_sealer_writes_nowhere_but_where_it_is_told(sealed, tmp_path, settings):
    """Not into a folder that all accounts of a machine share: another account's sealer could not."""
    temporary, alive = tmp_path / "temporary", tmp_path / "alive"
    temporary.mkdir()
    key_file = tmp_path / "key.pem"
    key_file.write_bytes(new_key())
    told = {
        **os.environ,
        "ISOCENTER_AUDIT_KEY_FILE": str(key_file),
        "ISOCENTER_AUDIT_ANCHORS": str(tmp_path / "heads.txt"),
        "DATABASE_URL": _address(),
        "TMPDIR": str(temporary),
    }
    told.pop("ISOCENTER_AUDIT_KEY", None)
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "audit", "seal", "--watch"]
    with subprocess.Popen([*command, "--alive", str(alive)], env=told, stderr=subprocess.DEVNULL) as sealer:
        _write_until_it_seals(10)
        until = time.monotonic() + 30
        while not alive.exists() and time.monotonic() < until:
            time.sleep(0.05)
        sealer.terminate()
    assert alive.exists()
    assert list(temporary.iterdir()) == []


def _write_until_it_seals(count: int) -> int:
    """Write so many events again and again until some of them are sealed; return how many were written."""
    before, written, until = AuditLeaf.objects.count(), 0, time.monotonic() + 60
    while AuditLeaf.objects.count() == before:
        assert time.monotonic() < until
        trail.write(count)
        written += count
        time.sleep(0.05)
    return written


def _address() -> str:
    """Where this worker's test database is."""
    told = connection.settings_dict
    return f"postgresql://{told['USER']}@/{told['NAME']}?host={told['HOST']}"
