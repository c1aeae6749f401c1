"""`./isocenter audit`: what an operator types, and what an auditor does with it on a machine of their own."""

import io
import json
import re
import subprocess
import sys
import zipfile
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.test import Client

from governance.actions.give_grant import give_grant
from governance.actions.seal_events import Seal, seal_events
from governance.audit import verify_bundle
from governance.audit.merkle import verify_consistency, verify_inclusion
from governance.audit.notes import load_key, new_key, open_note
from governance.models import AuditCheckpoint, AuditEvent, AuditLeaf, User
from governance.permissions import Job
from governance.trail.verify import verify_trail
from launcher.keys import public_half
from tests.governance import trail


@pytest.fixture
def keyed(sealed, settings: LazySettings, tmp_path: Path) -> Seal:
    """An empty trail, with this installation's key and anchor file."""
    settings.AUDIT_KEY = new_key().decode()
    settings.AUDIT_ORIGIN = trail.ORIGIN
    settings.AUDIT_ANCHORS = str(tmp_path / "heads.txt")
    return Seal(trail.ORIGIN, load_key(settings.AUDIT_KEY.encode()))


def audit(*words: str) -> str:
    out = io.StringIO()
    call_command("audit", *words, stdout=out, stderr=io.StringIO())
    return out.getvalue().strip()


def offline(*words: object) -> subprocess.CompletedProcess[str]:
    """The verifier alone, as on another machine: no project, no packages."""
    command = [sys.executable, "-I", "-S", verify_bundle.__file__, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_whole_trail_is_verified_and_that_is_an_event_too(keyed):
    trail.write_and_seal(keyed, 4, 2)
    told = json.loads(audit("verify", "--json"))
    assert (told["verified"], told["events"], told["checkpoints"]) == (True, 6, 2)
    assert AuditEvent.objects.filter(event="audit.verified", outcome="success").count() == 1


def test_verifying_a_changed_trail_fails_and_names_the_place(keyed):
    trail.write_and_seal(keyed, 4)
    second = AuditLeaf.objects.get(position=2).event_id
    trail.execute("UPDATE governance_audit_event SET payload = '{}' WHERE id = %s", second)
    with pytest.raises(CommandError, match="First bad position: 2"):
        audit("verify")
    assert AuditEvent.objects.filter(event="audit.verified", outcome="broken").count() == 1


def test_sealing_keeps_the_head_outside_of_the_database(keyed):
    trail.write(3)
    audit("seal")
    trail.empty()
    with pytest.raises(CommandError, match="The place 0 is empty"):
        audit("verify")


def test_a_bundle_is_verified_on_another_machine(keyed, tmp_path):
    trail.write_and_seal(keyed, 300, 5)
    target = tmp_path / "bundle.zip"
    audit("bundle", str(target))
    answer = offline(target, audit("key"))
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "305" in answer.stdout


def test_a_bundle_of_later_days_begins_where_they_begin(keyed, tmp_path):
    trail.write_and_seal(keyed, 700)
    trail.execute("UPDATE governance_audit_leaf SET recorded_at = recorded_at - interval '40 days'")
    trail.execute("UPDATE governance_audit_event SET recorded_at = recorded_at - interval '40 days'")
    trail.write_and_seal(keyed, 8, 3)
    day = f"{AuditLeaf.objects.get(position=705).recorded_at:%Y-%m-%d}"
    target = tmp_path / "bundle.zip"
    audit("bundle", "--from", day, "--to", day, str(target))
    manifest = json.loads(zipfile.ZipFile(target).read("manifest.json"))
    assert (manifest["first"], manifest["events"]) == (700, 11)
    answer = offline(target, audit("key"))
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_a_bundle_holds_one_head_for_each_minute_and_that_of_its_end(keyed, tmp_path):
    trail.write_and_seal(keyed, *[2] * 30)
    target = tmp_path / "bundle.zip"
    audit("bundle", str(target))
    notes = zipfile.ZipFile(target).read("checkpoints.txt").decode().split("---\n")
    assert 1 <= len(notes) <= 2
    assert offline(target, audit("key")).returncode == 0


def test_a_bundle_of_a_changed_database_is_refused_offline(keyed, tmp_path):
    trail.write_and_seal(keyed, 20)
    fifth = AuditLeaf.objects.get(position=5).event_id
    trail.execute("UPDATE governance_audit_event SET payload = '{\"a\":1}' WHERE id = %s", fifth)
    target = tmp_path / "bundle.zip"
    audit("bundle", str(target))
    answer = offline(target, audit("key"))
    assert answer.returncode == 1
    assert "NOT VERIFIED" in answer.stdout + answer.stderr


@pytest.mark.parametrize("words", [("--from", "2026-13-01"), ("--from", "1999-01-01", "--to", "1999-01-02")])
def test_a_bundle_of_nothing_is_refused_with_the_reason(keyed, tmp_path, words):
    trail.write_and_seal(keyed, 2)
    with pytest.raises(CommandError, match=r"period|no day"):
        audit("bundle", *words, str(tmp_path / "bundle.zip"))
    assert not (tmp_path / "bundle.zip").exists()


def test_one_event_is_proved_to_be_under_the_signed_head(keyed, tmp_path):
    trail.write_and_seal(keyed, 600, 9)
    leaf = AuditLeaf.objects.get(position=517)
    told = audit("prove", "--event", str(leaf.event_id))
    proof = json.loads(told)
    head = open_note(proof["checkpoint"], audit("key"))
    path = [b64decode(each) for each in proof["proof"]]
    assert verify_inclusion(bytes(leaf.leaf_hash), 517, 609, path, head.root)
    file = tmp_path / "proof.json"
    file.write_text(told)
    assert offline("--proof", file, audit("key")).returncode == 0


def test_two_heads_are_proved_to_be_of_one_trail(keyed):
    trail.write_and_seal(keyed, 300, 400)
    proof = json.loads(audit("consistency", "300", "700"))
    old, new = (AuditCheckpoint.objects.get(size=size) for size in (300, 700))
    path = [b64decode(each) for each in proof["proof"]]
    assert verify_consistency(300, bytes(old.root), 700, bytes(new.root), path)


@pytest.mark.parametrize("words", [("prove", "--event", "99999999"), ("consistency", "1", "2")])
def test_what_is_not_sealed_cannot_be_proved(keyed, words):
    with pytest.raises(CommandError, match=r"not sealed|no checkpoint"):
        audit(*words)


def test_without_a_key_the_command_says_how_to_make_one(keyed, settings):
    settings.AUDIT_KEY = ""
    with pytest.raises(CommandError, match="openssl genpkey"):
        audit("seal")
    settings.AUDIT_KEY = "no key at all"
    with pytest.raises(CommandError, match="PEM"):
        audit("key")


def test_the_public_key_alone_verifies(keyed, settings):
    trail.write_and_seal(keyed, 2)
    key = audit("key")
    settings.AUDIT_PUBLIC_KEY = public_half(settings.AUDIT_KEY)
    settings.AUDIT_KEY = ""
    assert audit("key") == key
    assert json.loads(audit("verify", "--json"))["verified"]
    with pytest.raises(CommandError, match="ISOCENTER_AUDIT_KEY_FILE"):
        audit("seal")
    settings.AUDIT_PUBLIC_KEY = ""
    assert json.loads(audit("verify", "--json", "--key", key))["verified"]
    assert verify_trail(key).finding is None


def test_verifying_tells_how_much_each_anchor_holds_and_how_old_it_is(keyed):
    trail.write(3)
    audit("seal")
    assert re.search(
        r"^Anchor file: 1 head, the last of 3 events, 0\sminutes ago\.$", audit("verify"), re.MULTILINE
    )
    (told,) = json.loads(audit("verify", "--json"))["anchors"]
    assert (told["name"], told["heads"], told["last_size"]) == ("file", 1, 3)
    assert datetime.now(UTC) - datetime.fromisoformat(told["last_at"]) < timedelta(minutes=5)


def test_verifying_names_the_anchor_that_contradicts_the_database(keyed):
    trail.write(3)
    audit("seal")
    trail.empty()
    trail.write(3)
    audit("seal")
    with pytest.raises(CommandError, match=r"the anchor file keeps\. First bad position: 0"):
        audit("verify")


def test_sealing_once_fails_after_sealing_when_an_anchor_does_not_take_the_head(keyed, settings):
    settings.AUDIT_TSA_URL = "http://127.0.0.1:9/"
    settings.AUDIT_TSA_CERTIFICATE = "no certificate"
    trail.write(3)
    with pytest.raises(CommandError, match=r"Sealed, and not anchored\. rfc3161"):
        audit("seal")
    assert AuditCheckpoint.objects.last().size == 3


@pytest.fixture
def temporary(tmp_path, monkeypatch) -> Path:
    """Where temporary folders are made."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def overseer(keyed) -> Client:
    user = User.objects.create(username="olaf")
    give_grant(user, Job.COMPLIANCE_OFFICER)
    client = Client(raise_request_exception=False)
    client.force_login(user)
    while seal_events(keyed):
        pass
    return client


def test_the_bundle_s_page_leaves_no_folder_behind(overseer, temporary):
    answer = overseer.get("/audit/bundle")
    assert zipfile.is_zipfile(io.BytesIO(answer.getvalue()))
    assert list(temporary.iterdir()) == []


def test_a_bundle_of_a_trail_that_somebody_cut_leaves_no_folder_behind(overseer, temporary):
    last = AuditLeaf.objects.latest("position").event_id
    assert trail.execute("DELETE FROM governance_audit_event WHERE id = %s", last) == 1
    assert overseer.get("/audit/bundle").status_code == 500
    assert list(temporary.iterdir()) == []


def test_a_bundle_that_cannot_be_recorded_is_handed_to_nobody(overseer, temporary, tmp_path):
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE governance_audit_event ADD CONSTRAINT full_disk CHECK (event <> 'audit.exported')"
        )
    try:
        assert overseer.get("/audit/bundle").status_code == 500
        for verb in ("bundle", "export"):
            with pytest.raises(IntegrityError):
                audit(verb, str(tmp_path / verb))
            assert not (tmp_path / verb).exists()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE governance_audit_event DROP CONSTRAINT full_disk")
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("verb", ["bundle", "export"])
def test_a_place_that_nothing_can_be_written_to_is_said(verb, keyed, tmp_path):
    trail.write_and_seal(keyed, 2)
    with pytest.raises(CommandError, match="cannot be written: No such file"):
        audit(verb, str(tmp_path / "missing" / "out.zip"))
