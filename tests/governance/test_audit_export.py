"""`./isocenter audit export`: the trail's events in three forms, for systems that read those."""

import gzip
import io
import json
import tracemalloc
from hashlib import sha256
from itertools import repeat
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from django.core.management import CommandError, call_command

from governance.actions.record import Deed, Thing, record, record_many
from governance.audit.events import Event
from governance.models import AuditEvent
from governance.trail import handout
from governance.trail.formats import FORMATS
from governance.trail.handout import write_events
from tests.governance import trail


def export(*words: object) -> None:
    call_command("audit", "export", *map(str, words), stdout=io.StringIO(), stderr=io.StringIO())


def test_events_as_they_are_hash_to_what_was_sealed(sealed, tmp_path):
    trail.write(5)
    hashes = [bytes(each.leaf_hash) for each in AuditEvent.objects.order_by("id")]
    export(tmp_path / "out.ndjson")
    lines = (tmp_path / "out.ndjson").read_bytes().splitlines()
    assert [sha256(b"\x00" + line).digest() for line in lines] == hashes


def test_dicom_messages_are_one_document_with_one_to_a_line(sealed, tmp_path):
    trail.write(3)
    record(Event.LENS_OPENED, actor=None, purpose="two\nlines, and \x00 and \ufffe")
    export("--format", "dicom", tmp_path / "out.xml")
    text = (tmp_path / "out.xml").read_bytes()
    assert len(fromstring(text).findall("AuditMessage")) == 4  # noqa: S314 - ours
    _first, *messages, _last = text.splitlines()
    assert [fromstring(each).tag for each in messages] == ["AuditMessage"] * 4  # noqa: S314 - ours


def test_fhir_resources_are_ndjson_in_the_order_of_the_events(sealed, tmp_path):
    trail.write(3)
    export("--format", "fhir", tmp_path / "out.ndjson")
    found = [json.loads(line) for line in (tmp_path / "out.ndjson").read_bytes().splitlines()]
    assert [each["resourceType"] for each in found] == ["AuditEvent"] * 3
    assert [each["id"] for each in found] == [
        each.told["id"] for each in AuditEvent.objects.order_by("id")[:3]
    ]


def test_a_file_that_ends_in_gz_is_compressed(sealed, tmp_path):
    trail.write(2)
    export("--format", "dicom", tmp_path / "out.xml.gz")
    assert fromstring(gzip.decompress((tmp_path / "out.xml.gz").read_bytes())).tag == "AuditMessages"  # noqa: S314


def test_exporting_is_an_event_that_says_how_much_and_in_what_form(sealed, tmp_path):
    trail.write(4)
    export("--format", "fhir", "--from", "2026-01-01", tmp_path / "out.ndjson")
    told = AuditEvent.objects.get(event=Event.AUDIT_EXPORTED).told
    assert told["detail"] == {"events": 4, "format": "fhir", "from": "2026-01-01", "to": None}


def test_a_period_holds_the_events_of_its_days_only(sealed, tmp_path):
    trail.write(3)
    trail.execute("UPDATE governance_audit_event SET recorded_at = '2026-03-01T23:59:59Z'")
    trail.write(2)
    form = FORMATS["json"]
    days = [("2026-03-01", "2026-03-01"), ("2026-03-02", None), (None, "2026-02-28"), (None, None)]
    written = [
        write_events(tmp_path / f"{number}", form, begin=begin, end=end)
        for number, (begin, end) in enumerate(days)
    ]
    assert written == [3, 2, 0, 5]


@pytest.mark.parametrize("words", [("--from", "yesterday"), ("--format", "dicom")])
def test_what_cannot_be_exported_leaves_no_file_and_no_event(sealed, tmp_path, words):
    trail.write(2)
    trail.execute("UPDATE governance_audit_event SET payload = '{}'")
    with pytest.raises(CommandError, match=r"no day|cannot be exported; verify the trail"):
        export(*words, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not AuditEvent.objects.filter(event=Event.AUDIT_EXPORTED).exists()


def test_a_file_that_is_there_is_not_written_over(sealed, tmp_path):
    (tmp_path / "out").write_text("kept")
    with pytest.raises(CommandError, match="exists"):
        export(tmp_path / "out")
    assert (tmp_path / "out").read_text() == "kept"


def test_nothing_leaves_when_the_trail_cannot_note_it(sealed, tmp_path: Path):
    trail.write(2)
    trail.execute(
        "ALTER TABLE governance_audit_event ADD CONSTRAINT no_more CHECK (event <> 'audit.exported')"
    )
    try:
        with pytest.raises(Exception, match="no_more"):
            export(tmp_path / "out")
    finally:
        trail.execute("ALTER TABLE governance_audit_event DROP CONSTRAINT no_more")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("key", FORMATS)
def test_memory_does_not_grow_with_what_is_exported(sealed, tmp_path, monkeypatch, key):
    monkeypatch.setattr(handout, "_AT_ONCE", 50)

    def peak(number: int) -> int:
        record_many(repeat(Deed(event=Event.STUDIES_LISTED, things=(Thing("study", 1),)), number))
        tracemalloc.start()
        try:
            write_events(tmp_path / f"{number}", FORMATS[key], begin=None, end=None)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few, many = peak(100), peak(500)
    assert many < few * 1.5
