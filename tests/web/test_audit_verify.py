"""Whether the trail is whole: asked on a page, answered by a worker, told on the page and in the trail."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import connection
from kombu.exceptions import OperationalError

from governance import tasks
from governance.actions.give_grant import give_grant
from governance.actions.seal_events import Seal, seal_events
from governance.audit import bundle
from governance.audit.events import Event
from governance.models import AuditEvent, AuditLeaf, Collection, User
from governance.permissions import Job
from governance.trail.standing import VERIFYING_LOCK
from tests.governance import trail
from tests.governance.conftest import sealed  # noqa: F401 - a fixture
from tests.web.conftest import signed_in
from tests.web.test_audit_list import body
from tests.web.trail_events import happened, newest


@pytest.fixture
def seal(sealed, settings) -> Seal:  # noqa: F811 - the fixture
    """Ten sealed events, and an installation that knows the public key alone."""
    seal, _key = sealed
    public = seal.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    settings.AUDIT_ORIGIN, settings.AUDIT_PUBLIC_KEY, settings.AUDIT_KEY = trail.ORIGIN, public.decode(), ""
    settings.AUDIT_ANCHORS = ""
    trail.write_and_seal(seal, 10)
    return seal


@pytest.fixture
def overseer(seal) -> User:
    user = User.objects.create(username="olaf")
    give_grant(user, Job.COMPLIANCE_OFFICER)
    return user


@pytest.fixture
def asked(monkeypatch) -> list[dict]:
    """What was handed to the workers, who do nothing by themselves here."""
    jobs: list[dict] = []
    monkeypatch.setattr("governance.tasks.verify_audit.delay", lambda **given: jobs.append(given))
    return jobs


def test_a_verification_runs_beside_the_page_and_is_an_event_of_who_asked(overseer, asked):
    client = signed_in(overseer)
    answer = client.post("/audit/verify/now")
    assert "<live-poll" in body(client, answer["Location"])
    tasks.verify_audit.run(**asked[0])
    told = newest(Event.AUDIT_VERIFIED)
    assert (told["outcome"], told["actor"]["name"]) == ("success", "olaf")
    assert told["detail"]["events"] >= 10
    assert told["correlation"] == answer["X-Request-ID"]
    panel = body(client, "/audit/verify/state")
    assert "<live-poll" not in panel
    assert "all as they were sealed" in panel


def test_a_changed_event_is_named_by_its_position_and_led_to(overseer, asked):
    trail.execute(
        "UPDATE governance_audit_event SET payload = set_byte(payload, 20, get_byte(payload, 20) # 1) "
        "WHERE id = (SELECT event_id FROM governance_audit_leaf WHERE position = 6)"
    )
    client = signed_in(overseer)
    client.post("/audit/verify/now")
    tasks.verify_audit.run(**asked[0])
    panel = body(client, "/audit/verify")
    assert "First bad position: 6" in panel
    assert "Not verified" in body(client, "/audit")
    event = AuditLeaf.objects.get(position=6).event_id
    assert client.get("/audit/at/6")["Location"] == f"/audit/{event}"
    assert "not those" in body(client, f"/audit/{event}")


def test_a_missing_event_is_said_to_be_missing(overseer, asked):
    trail.execute(
        "DELETE FROM governance_audit_event "
        "WHERE id = (SELECT event_id FROM governance_audit_leaf WHERE position = 4)"
    )
    client = signed_in(overseer)
    client.post("/audit/verify/now")
    tasks.verify_audit.run(**asked[0])
    assert newest(Event.AUDIT_VERIFIED)["detail"]["position"] == 4
    answer = client.get("/audit/at/4", follow=True)
    assert "position 4 is missing" in answer.content.decode()
    assert client.get("/audit/at/4000").status_code == 404


def test_one_verification_runs_at_a_time(overseer, asked):
    client = signed_in(overseer)
    client.post("/audit/verify/now")
    assert "under way already" in client.post("/audit/verify/now", follow=True).content.decode()
    assert len(asked) == 1


def test_a_worker_that_finds_another_at_it_leaves(overseer, asked):
    client = signed_in(overseer)
    client.post("/audit/verify/now")
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [VERIFYING_LOCK])
        tasks.verify_audit.run(**asked[0])
        assert not AuditEvent.objects.filter(event=Event.AUDIT_VERIFIED).exists()
        assert "<live-poll" in body(client, "/audit/verify/state")
    finally:
        other.close()


def test_when_no_worker_can_be_reached_one_may_ask_again(overseer, monkeypatch):
    def unreachable(**_given: object) -> None:
        raise OperationalError

    monkeypatch.setattr("governance.tasks.verify_audit.delay", unreachable)
    answer = signed_in(overseer).post("/audit/verify/now", follow=True)
    assert "No worker can be reached" in answer.content.decode()
    assert "<live-poll" not in answer.content.decode()


def test_watching_a_verification_is_no_event(overseer, asked):
    client = signed_in(overseer)
    body(client, "/audit/verify")
    reads = AuditEvent.objects.filter(event=Event.AUDIT_READ).count()
    body(client, "/audit/verify/state")
    assert AuditEvent.objects.filter(event=Event.AUDIT_READ).count() == reads


def test_only_who_reads_the_whole_trail_learns_how_it_stands(seal, asked):
    user = User.objects.create(username="ingrid")
    give_grant(user, Job.AUDITOR, Collection.objects.create(name="Radiology"))
    client = signed_in(user)
    for address in ("/audit/verify", "/audit/verify/state", "/audit/at/1", "/audit/bundle"):
        assert client.get(address).status_code == 403, address
    assert client.post("/audit/verify/now").status_code == 403
    assert "trail-strip" not in body(client, "/audit")
    assert asked == []


def test_a_bundle_from_the_page_is_verified_elsewhere(overseer, seal, tmp_path):
    while seal_events(seal):
        pass
    answer = signed_in(overseer).get("/audit/bundle")
    content = answer.getvalue()
    assert newest(Event.AUDIT_EXPORTED)["detail"]["format"] == "bundle"
    file = tmp_path / "bundle.zip"
    file.write_bytes(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    script = Path(bundle.__file__).with_name("verify_bundle.py")
    found = subprocess.run(
        [sys.executable, script, file, manifest["key"]], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_a_bundle_of_days_without_events_is_refused_in_words(overseer):
    answer = signed_in(overseer).get("/audit/bundle?from=2001-01-01&to=2001-01-02", follow=True)
    assert "No bundle was made" in answer.content.decode()


def test_the_proof_of_an_event_is_sent_and_recorded(overseer, seal):
    event = AuditLeaf.objects.get(position=3).event_id
    answer = signed_in(overseer).get(f"/audit/{event}/proof")
    assert json.loads(answer.content)["format"] == "isocenter-audit-proof/1"
    assert newest(Event.AUDIT_EXPORTED)["detail"]["event"] == event


def test_an_event_that_is_not_sealed_has_no_proof_yet(overseer):
    event = happened()
    answer = signed_in(overseer).get(f"/audit/{event.pk}/proof", follow=True)
    assert "not sealed yet" in answer.content.decode()
