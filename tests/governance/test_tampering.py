"""What a superuser of the database may do to sealed events, and that each of it is noticed where it was done."""

import random
from pathlib import Path

import pytest

from governance.anchors.file import FileAnchor
from governance.audit.notes import load_key, new_key, open_note, sign
from governance.models import AuditCheckpoint, AuditEvent, AuditLeaf
from governance.trail.verify import Finding, verify_trail
from tests.governance import trail

TIMES = 200
SEED = 20261124


def finding(key: str) -> Finding | None:
    return verify_trail(key).finding


def _change(position: int) -> None:
    """One byte of the event's content."""
    assert trail.execute(
        "UPDATE governance_audit_event SET payload = set_byte(payload, 20, get_byte(payload, 20) # 1) "
        "WHERE id = (SELECT event_id FROM governance_audit_leaf WHERE position = %s)",
        position,
    )


def _change_with_its_leaf(position: int) -> None:
    _change(position)
    assert trail.execute(
        "UPDATE governance_audit_leaf leaf SET leaf_hash = event.leaf_hash FROM governance_audit_event event "
        "WHERE event.id = leaf.event_id AND leaf.position = %s",
        position,
    )


def _remove(position: int) -> None:
    assert trail.execute(
        "DELETE FROM governance_audit_event "
        "WHERE id = (SELECT event_id FROM governance_audit_leaf WHERE position = %s)",
        position,
    )


def _remove_with_its_leaf(position: int) -> None:
    _remove(position)
    assert trail.execute("DELETE FROM governance_audit_leaf WHERE position = %s", position)


def _reorder(position: int) -> None:
    """Two events change places, with their leaves' hashes."""
    other = position + 1 if position < 199 else position - 1
    for here, there in ((position, -1), (other, position), (-1, other)):
        assert trail.execute(
            "UPDATE governance_audit_leaf SET position = %s WHERE position = %s", there, here
        )


def _insert(position: int) -> None:
    """One more event, with a place of its own: those behind it move on by one."""
    trail.execute("UPDATE governance_audit_leaf SET position = -position - 2 WHERE position >= %s", position)
    trail.execute("UPDATE governance_audit_leaf SET position = -position - 1 WHERE position < 0")
    assert trail.execute(
        "WITH made AS (INSERT INTO governance_audit_event "
        "(recorded_at, payload, event, outcome, correlation, patients, participant_objects) "
        "SELECT recorded_at, payload, event, outcome, correlation, patients, participant_objects "
        "FROM governance_audit_event LIMIT 1 RETURNING id, recorded_at, leaf_hash) "
        "INSERT INTO governance_audit_leaf SELECT %s, id, recorded_at, leaf_hash FROM made",
        position,
    )


DEEDS = (_change, _change_with_its_leaf, _remove, _remove_with_its_leaf, _reorder, _insert)
# Whoever changes hash and content alike is found by the next signed head, so the place is known to its batch.
EXACT = {_change, _remove, _remove_with_its_leaf}
BATCHES = (50, 1, 49, 60, 40)


def batch_of(position: int) -> range:
    begin = 0
    for number in BATCHES:
        if position < begin + number:
            return range(begin, begin + number)
        begin += number
    raise ValueError(position)


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__.strip("_"))
def test_tampering_at_random_places_is_found_at_its_place(deed, sealed):
    """Six ways, two hundred places each."""
    seal, key = sealed
    trail.write_and_seal(seal, *BATCHES)
    assert finding(key) is None
    chance = random.Random(SEED)
    for _ in range(TIMES):
        position = chance.randrange(200)
        _keep()
        deed(position)
        found = finding(key)
        assert found is not None, (deed, position)
        if deed in EXACT:
            assert found.position == position
        else:
            first = min(position, position - 1 if deed is _reorder and position == 199 else position)
            assert found.position in batch_of(first), (position, found)
        _restore()
    assert finding(key) is None


def _keep() -> None:
    trail.execute("CREATE TABLE kept_event AS SELECT * FROM governance_audit_event")
    trail.execute("CREATE TABLE kept_leaf AS SELECT * FROM governance_audit_leaf")


def _restore() -> None:
    trail.execute("TRUNCATE governance_audit_event, governance_audit_leaf")
    columns = (
        "id, recorded_at, payload, event, outcome, actor_id, collection_id, correlation, patients, "
        "participant_objects"
    )
    trail.execute(f"INSERT INTO governance_audit_event ({columns}) SELECT {columns} FROM kept_event")
    trail.execute("INSERT INTO governance_audit_leaf SELECT * FROM kept_leaf")
    trail.execute("DROP TABLE kept_event, kept_leaf")


def test_an_event_written_past_the_queue_is_found(sealed):
    seal, key = sealed
    trail.write_and_seal(seal, 5)
    with trail.triggers_off():
        trail.write(1)
    assert "no place" in finding(key).said


def test_an_event_taken_out_of_the_queue_is_found(sealed):
    seal, key = sealed
    trail.write_and_seal(seal, 5)
    trail.write(1)
    trail.execute("DELETE FROM governance_audit_pending")
    assert "no place" in finding(key).said


@pytest.mark.parametrize(
    "column", ["event = 'x'", "actor_id = 9", "patients = '{p}'", "participant_objects = '{}'"]
)
def test_a_column_that_hides_an_event_from_a_search_is_found(column, sealed):
    seal, key = sealed
    trail.write_and_seal(seal, 9)
    third = AuditLeaf.objects.get(position=3).event_id
    assert trail.execute(f"UPDATE governance_audit_event SET {column} WHERE id = %s", third)
    assert finding(key).position == 3


def test_a_head_signed_by_another_key_is_found(sealed):
    seal, key = sealed
    trail.write_and_seal(seal, 4)
    head = AuditCheckpoint.objects.last()
    forged = sign(open_note(head.note, key), load_key(new_key()), seal.origin)
    trail.execute("UPDATE governance_audit_checkpoint SET note = %s", forged)
    assert "signature" in finding(key).said


def kept_at(folder: Path) -> FileAnchor:
    """A file that keeps the newest head."""
    anchor = FileAnchor(folder / "heads.txt")
    head = AuditCheckpoint.objects.last()
    anchor.keep(head.size, head.note)
    return anchor


def test_a_trail_that_is_cut_off_at_its_end_is_found_by_a_head_kept_elsewhere(sealed, tmp_path):
    """The database alone cannot tell: all of the newest part is gone, with its heads."""
    seal, key = sealed
    trail.write_and_seal(seal, 4)
    kept_at(tmp_path)
    trail.write_and_seal(seal, 3)
    anchor = kept_at(tmp_path)
    gone = list(AuditLeaf.objects.filter(position__gte=4).values_list("event_id", flat=True))
    trail.execute("DELETE FROM governance_audit_event WHERE id = ANY(%s)", gone)
    trail.execute("DELETE FROM governance_audit_leaf WHERE position >= 4")
    trail.execute("DELETE FROM governance_audit_checkpoint WHERE size > 4")
    assert finding(key) is None
    report = verify_trail(key, anchors=[anchor])
    assert report.finding.position == 4


def test_a_trail_written_anew_with_the_same_key_is_found_by_a_head_kept_elsewhere(sealed, tmp_path):
    seal, key = sealed
    trail.write_and_seal(seal, 4)
    anchor = kept_at(tmp_path)
    trail.empty()
    trail.write_and_seal(seal, 4)
    assert finding(key) is None
    assert verify_trail(key, anchors=[anchor]).finding is not None


def test_an_untouched_trail_with_no_event_verifies(sealed):
    _seal, key = sealed
    assert finding(key) is None
    assert AuditEvent.objects.count() == 0
