"""Signed heads outside of the database: a file, S3 under Object Lock, time stamps; each over its real protocol."""

import importlib
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.conf import LazySettings

from governance.actions.anchor_head import anchor_head
from governance.actions.record import Deed, record, record_many
from governance.actions.seal_events import Seal, seal_events
from governance.anchors.anchor import Anchor, Unavailable
from governance.anchors.configured import configured_anchors
from governance.anchors.file import FileAnchor
from governance.anchors.s3 import S3Anchor
from governance.anchors.timestamps import TimestampAnchor
from governance.audit import verify_bundle
from governance.audit.events import Event
from governance.models import AuditCheckpoint, AuditEvent, AuditLeaf
from governance.trail import anchoring
from governance.trail.anchoring import Anchoring, anchor_everywhere
from governance.trail.export import write
from governance.trail.verify import Report, verify_trail
from tests.governance import authority, bucket, trail
from tests.governance.test_database_roles import being

needs_openssl = pytest.mark.skipif(authority.OPENSSL is None, reason="openssl is not on this machine")
KINDS = ["file", "s3", pytest.param("rfc3161", marks=needs_openssl)]


@pytest.fixture(scope="module")
def store() -> Iterator[bucket.Store]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in bucket.CREDENTIALS.items():
            patch.setenv(name, value)
        with bucket.serving() as running:
            yield running


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[authority.Authority]:
    made = authority.Authority(tmp_path_factory.mktemp("tsa") / "own")
    made.make("Stamps of the tests")
    with authority.serving(made) as running:
        yield running


@pytest.fixture
def outbound(settings: LazySettings) -> None:
    """Let the servers of the tests be asked, which are on this machine."""
    settings.OUTBOUND_NETWORKS = [ip_network("127.0.0.0/8")]


@dataclass
class Trail:
    """A trail with its key, and one anchor."""

    seal: Seal
    key: str
    anchor: Anchor

    def grow(self, *batches: int) -> None:
        """Write and seal, and let the anchor keep each head."""
        for number in batches:
            trail.write(number)
            self.seal_all()
            anchor_head(self.anchor)

    def seal_all(self) -> None:
        """Seal what waits, with what anchoring has written."""
        while seal_events(self.seal):
            pass

    def verify(self) -> Report:
        self.seal_all()
        return verify_trail(self.key, anchors=[self.anchor])


@pytest.fixture
def make(sealed, outbound, settings, tmp_path, request) -> Callable[[str], Trail]:
    """A trail with an anchor of a kind; the kinds' servers are started when they are needed."""
    settings.AUDIT_ANCHOR_MINUTES = 0

    def made(kind: str) -> Trail:
        seal, key = sealed
        if kind == "file":
            return Trail(seal, key, FileAnchor(tmp_path / "heads.txt"))
        if kind == "s3":
            running = request.getfixturevalue("store")
            name = running.make(f"heads-{request.node.nodeid.__hash__() & 0xFFFFFF:x}", locked=True)
            return Trail(
                seal, key, S3Anchor(name, trail.ORIGIN, retention_days=30, endpoint=running.endpoint)
            )
        signer = request.getfixturevalue("signer")
        return Trail(seal, key, TimestampAnchor(signer.url, signer.root, tmp_path / "tokens"))

    return made


def cut(size: int) -> None:
    """Take the newest events away, with their places and heads."""
    gone = list(AuditLeaf.objects.filter(position__gte=size).values_list("event_id", flat=True))
    trail.execute("DELETE FROM governance_audit_event WHERE id = ANY(%s)", gone)
    trail.execute("DELETE FROM governance_audit_leaf WHERE position >= %s", size)
    trail.execute("DELETE FROM governance_audit_node")
    trail.execute("DELETE FROM governance_audit_checkpoint WHERE size > %s", size)


@pytest.mark.parametrize("kind", KINDS)
def test_an_anchor_gives_back_what_it_keeps_and_an_untouched_trail_verifies(make, kind):
    made = make(kind)
    made.grow(4, 3)
    report = made.verify()
    assert report.finding is None
    (anchored,) = report.anchors
    assert (anchored.anchor, len(anchored.heads)) == (made.anchor.name, 2)
    assert anchored.last_size in {7, 8}
    assert datetime.now(UTC) - anchored.last_at < timedelta(minutes=5)


@pytest.mark.parametrize("kind", KINDS)
def test_keeping_a_head_again_changes_nothing(make, kind):
    made = make(kind)
    made.grow(4)
    head = AuditCheckpoint.objects.get(size=4)
    made.anchor.keep(head.size, head.note)
    assert len(list(made.anchor.kept())) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_trail_cut_off_and_signed_anew_with_the_stolen_key_is_found(make, kind):
    made = make(kind)
    made.grow(4, 5)
    first = AuditCheckpoint.objects.first().size
    cut(first)
    for number in (5, 2):
        trail.write(number)
        made.seal_all()
    assert verify_trail(made.key).finding is None
    found = made.verify().finding
    assert (found.position, found.anchor) == (first, made.anchor.name)
    assert made.anchor.name in found.said


@pytest.mark.parametrize("kind", KINDS)
def test_a_trail_cut_off_and_left_so_is_found(make, kind):
    made = make(kind)
    made.grow(4, 5)
    cut(4)
    assert verify_trail(made.key).finding is None
    found = made.verify().finding
    assert (found.position, found.anchor) == (4, made.anchor.name)


@pytest.mark.parametrize("kind", KINDS)
def test_a_history_written_anew_is_found_from_its_first_event_on(make, kind):
    """The new heads lie closer together than those that are kept: they prove nothing of what is between."""
    made = make(kind)
    made.grow(6)
    trail.empty()
    trail.write_and_seal(made.seal, 2, 2, 2)
    found = verify_trail(made.key, anchors=[made.anchor]).finding
    assert (found.position, found.anchor) == (0, made.anchor.name)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_missing_is_bad_from_the_last_head_that_is_kept_elsewhere(make, kind):
    """The database's own head in between proves nothing: a stolen key signs it too."""
    made = make(kind)
    made.grow(4)
    trail.write_and_seal(made.seal, *([1] if kind == "file" else []))
    made.seal_all()
    made.grow(3)
    cut(5)
    found = verify_trail(made.key, anchors=[made.anchor]).finding
    assert found.position == 4
    assert "The place 5 is empty" in found.said


@pytest.mark.parametrize("kind", KINDS[1:])
def test_each_head_that_another_keeps_is_an_event(make, kind):
    made = make(kind)
    made.grow(4)
    told = AuditEvent.objects.get(event=Event.AUDIT_ANCHORED).told
    assert told["objects"] == [f"anchor:{made.anchor.name}"]
    assert told["detail"] == {"size": 4, "root": bytes(AuditCheckpoint.objects.first().root).hex()}


@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_head_is_kept_at_most_so_often(make, kind, settings):
    made = make(kind)
    settings.AUDIT_ANCHOR_MINUTES = 60
    made.grow(4, 3, 3)
    assert AuditEvent.objects.filter(event=Event.AUDIT_ANCHORED).count() == 1
    trail.execute("UPDATE governance_audit_event SET recorded_at = recorded_at - interval '61 minutes'")
    assert anchor_head(made.anchor)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_anchoring_alone_is_no_reason_to_anchor(make, kind):
    made = make(kind)
    made.grow(4)
    made.seal_all()
    assert AuditCheckpoint.objects.last().size == 5
    assert not anchor_head(made.anchor)
    record(Event.AUDIT_READ, actor=None)
    made.seal_all()
    assert anchor_head(made.anchor)


def test_an_object_that_was_deleted_is_found(make, store):
    made = make("s3")
    made.grow(4, 3)
    key = next(kept.where for kept in made.anchor.kept())
    store.client.delete_object(Bucket=made.anchor.name.removeprefix("s3:"), Key=key)
    found = made.verify().finding
    assert (found.position, found.anchor) == (None, made.anchor.name)
    assert "was deleted" in found.said


def test_an_object_cannot_be_deleted_for_good_nor_its_lock_shortened(make, store):
    made = make("s3")
    made.grow(4)
    name = made.anchor.name.removeprefix("s3:")
    (version,) = store.client.list_object_versions(Bucket=name)["Versions"]
    with pytest.raises(store.client.exceptions.ClientError, match="AccessDenied"):
        store.client.delete_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])
    until = store.client.head_object(Bucket=name, Key=version["Key"])["ObjectLockRetainUntilDate"]
    assert timedelta(days=29) < until - datetime.now(UTC) <= timedelta(days=30)


def test_an_object_laid_over_another_hides_nothing(make, store):
    made = make("s3")
    made.grow(4)
    name, key = made.anchor.name.removeprefix("s3:"), next(made.anchor.kept()).where
    trail.empty()
    trail.write_and_seal(made.seal, 4)
    forged = AuditCheckpoint.objects.last().note
    store.client.put_object(Bucket=name, Key=key, Body=forged.encode())
    found = verify_trail(made.key, anchors=[made.anchor]).finding
    assert (found.position, found.anchor) == (0, made.anchor.name)


def test_an_object_without_a_lock_is_told_of(make, store):
    made = make("s3")
    made.grow(4)
    head = AuditCheckpoint.objects.first()
    name = made.anchor.name.removeprefix("s3:")
    store.client.put_object(Bucket=name, Key=f"{trail.ORIGIN}/copy.note", Body=head.note.encode())
    assert "not locked" in made.verify().finding.said


def test_another_head_of_the_same_size_is_not_laid_over_the_first(make):
    made = make("s3")
    made.grow(4)
    trail.empty()
    trail.write_and_seal(made.seal, 4)
    head = AuditCheckpoint.objects.last()
    with pytest.raises(Unavailable, match="another head of the same size"):
        made.anchor.keep(head.size, head.note)


def test_a_bucket_without_object_lock_is_refused(sealed, outbound, store):
    anchor = S3Anchor(store.make("plain", locked=False), "x", retention_days=1, endpoint=store.endpoint)
    with pytest.raises(Unavailable, match="no Object Lock"):
        anchor.keep(1, "note")
    with pytest.raises(Unavailable, match="no Object Lock"):
        list(anchor.kept())


def test_a_bucket_that_is_not_there_is_named_by_the_code_alone(outbound, store):
    anchor = S3Anchor("nobodys", "x", retention_days=1, endpoint=store.endpoint)
    with pytest.raises(Unavailable, match=r"^S3 refused to [^:]+: NoSuchBucket\.$"):
        anchor.keep(1, "note")


def test_without_boto3_the_reason_says_what_to_install(monkeypatch):
    for name in ("boto3", "botocore.exceptions"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(Unavailable, match="extra s3"):
        S3Anchor("heads", "x", retention_days=1).keep(1, "note")
    assert importlib.import_module("governance.anchors.s3")


def test_an_endpoint_in_a_network_that_is_not_allowed_is_not_asked(settings, store):
    settings.OUTBOUND_NETWORKS = []
    with pytest.raises(Unavailable, match="OUTBOUND"):
        S3Anchor("heads", "x", retention_days=1, endpoint=store.endpoint).keep(1, "note")


@needs_openssl
def test_openssl_alone_verifies_what_the_folder_holds(make, signer, tmp_path):
    made = make("rfc3161")
    made.grow(4)
    note, token = (tmp_path / "tokens" / f"{4:020}{suffix}" for suffix in (".note", ".tsr"))
    assert note.read_text() == AuditCheckpoint.objects.get(size=4).note
    signer.run("ts", "-verify", "-data", str(note), "-in", str(token), "-CAfile", "root.pem")


@needs_openssl
def test_the_authority_learns_nothing_but_a_hash(make, signer):
    made = make("rfc3161")
    made.grow(4)
    assert trail.ORIGIN.encode() not in signer.queries[-1]
    assert len(signer.queries[-1]) < 100


@needs_openssl
@pytest.mark.parametrize("gone", [".note", ".tsr"])
def test_a_token_or_its_head_taken_away_is_found(make, gone, tmp_path):
    made = make("rfc3161")
    made.grow(4)
    (tmp_path / "tokens" / f"{4:020}{gone}").unlink()
    found = made.verify().finding
    assert found.anchor == "rfc3161"
    assert f"lacks its {gone} file" in found.said


@needs_openssl
def test_a_token_and_its_head_taken_away_are_missed(make, tmp_path):
    made = make("rfc3161")
    made.grow(4, 3)
    for file in (tmp_path / "tokens").glob(f"{4:020}.*"):
        file.unlink()
    assert "The head of 4 events, which was put there, is missing" in made.verify().finding.said


@needs_openssl
def test_a_token_over_another_head_is_found(make, tmp_path):
    made = make("rfc3161")
    made.grow(4, 3)
    first, second = sorted((tmp_path / "tokens").glob("*.tsr"))
    first.write_bytes(second.read_bytes())
    found = made.verify().finding
    assert found.anchor == "rfc3161"
    assert "does not prove it" in found.said


@needs_openssl
def test_a_token_of_another_authority_is_found(make, tmp_path):
    made = make("rfc3161")
    made.grow(4)
    other = authority.Authority(tmp_path / "other")
    other.make("Somebody else")
    (token,) = (tmp_path / "tokens").glob("*.tsr")
    token.write_bytes(other.token_over(token.with_suffix(".note").read_bytes()))
    assert "does not prove it" in made.verify().finding.said


@needs_openssl
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": 503}, "status 503"),
        ({"body": b"<html>no token</html>"}, "no token of it"),
        ({"status": 302}, "redirect"),
    ],
)
def test_an_answer_that_is_no_token_is_not_kept(
    make, signer, monkeypatch, change: dict[str, Any], said: str, tmp_path
):
    made = make("rfc3161")
    trail.write_and_seal(made.seal, 2)
    for name, value in change.items():
        monkeypatch.setattr(signer, name, value)
    with pytest.raises(Unavailable, match=said):
        anchor_head(made.anchor)
    assert not list(tmp_path.glob("tokens/*"))
    assert not AuditEvent.objects.filter(event=Event.AUDIT_ANCHORED).exists()


@needs_openssl
def test_a_token_for_an_older_query_is_not_taken_for_this_one(make, signer, monkeypatch):
    """The nonce: who records answers cannot play them again."""
    made = make("rfc3161")
    trail.write_and_seal(made.seal, 2)
    monkeypatch.setattr(signer, "body", signer.token_over(AuditCheckpoint.objects.last().note.encode()))
    with pytest.raises(Unavailable, match="no token of it for this head"):
        anchor_head(made.anchor)


@pytest.fixture
def unreachable(sealed, settings, outbound, tmp_path) -> tuple[Seal, str]:
    """A file that works, and an authority that nobody answers for."""
    settings.AUDIT_ANCHORS = str(tmp_path / "heads.txt")
    settings.AUDIT_TSA_URL = "http://127.0.0.1:9/stamp-of-a-secret-path"
    settings.AUDIT_TSA_CERTIFICATE = "-----BEGIN CERTIFICATE-----\n"
    settings.AUDIT_TSA_TOKENS = tmp_path / "tokens"
    return sealed


def test_an_anchor_that_fails_stops_no_other_and_tells_no_address(unreachable, settings, tmp_path, caplog):
    seal, _key = unreachable
    trail.write_and_seal(seal, 3)
    failed = anchor_everywhere()
    assert [each.split(":")[0] for each in failed] == ["rfc3161"]
    assert "secret-path" not in str(failed) + caplog.text
    assert len(list(FileAnchor(tmp_path / "heads.txt").kept())) == 1


def test_verifying_does_not_pass_over_an_anchor_that_cannot_be_asked(unreachable):
    seal, key = unreachable
    trail.write_and_seal(seal, 3)
    found = verify_trail(key, anchors=configured_anchors()).finding
    assert (found.position, found.anchor) == (None, "rfc3161")
    assert "could not be asked" in found.said


def test_settings_that_lack_the_authority_s_certificate_are_refused(settings):
    settings.AUDIT_TSA_URL = "https://stamps.example.org"
    settings.AUDIT_TSA_CERTIFICATE = ""
    with pytest.raises(Unavailable, match="ISOCENTER_AUDIT_TSA_CERTIFICATE"):
        configured_anchors()
    assert anchor_everywhere()


def test_every_anchor_that_the_settings_name_is_made(settings, tmp_path):
    settings.AUDIT_ANCHORS = str(tmp_path / "heads.txt")
    settings.AUDIT_S3_BUCKET = "heads"
    settings.AUDIT_TSA_URL = "https://stamps.example.org"
    settings.AUDIT_TSA_CERTIFICATE = "PEM"
    assert [anchor.name for anchor in configured_anchors()] == ["file", "s3:heads", "rfc3161"]


def test_events_that_were_changed_do_not_keep_verification_from_naming_them(make):
    made = make("s3")
    made.grow(4)
    made.seal_all()
    trail.execute("UPDATE governance_audit_event SET payload = '{}' WHERE event = 'audit.anchored'")
    assert made.verify().finding.position == 4


def test_many_events_between_two_heads_are_not_looked_at_one_by_one(make):
    """A hundred anchorings alone would not make a head due; more are not told apart."""
    made = make("s3")
    made.grow(1)
    record_many(Deed(event=Event.AUDIT_ANCHORED) for _ in range(99))
    made.seal_all()
    assert not anchor_head(made.anchor)
    record_many([Deed(event=Event.AUDIT_ANCHORED)])
    made.seal_all()
    assert anchor_head(made.anchor)


@pytest.mark.parametrize("kind", ["file", "s3"])
def test_the_sealer_anchors_with_what_its_role_may_do(make, kind):
    made = make(kind)
    trail.write_and_seal(made.seal, 3)
    with being("isocenter_sealer"):
        assert anchor_head(made.anchor)
        assert anchor_head(made.anchor) is (kind == "file")


@needs_openssl
def test_a_bundle_carries_the_tokens_that_openssl_verifies(make, signer, settings, tmp_path):
    made = make("rfc3161")
    settings.AUDIT_ORIGIN = trail.ORIGIN
    settings.AUDIT_TSA_URL, settings.AUDIT_TSA_CERTIFICATE = signer.url, signer.root
    settings.AUDIT_TSA_TOKENS = tmp_path / "tokens"
    made.grow(4, 3, 5)
    made.seal_all()
    write(tmp_path / "bundle.zip", made.key, begin=None, end=None)
    command = [sys.executable, "-I", "-S", verify_bundle.__file__, str(tmp_path / "bundle.zip"), made.key]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Time stamps:      3, NOT verified here" in done.stdout
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        archive.extractall(tmp_path / "unzipped")
    for note in (tmp_path / "unzipped" / "timestamps").glob("*.note"):
        token = str(note.with_suffix(".tsr"))
        signer.run("ts", "-verify", "-data", str(note), "-in", token, "-CAfile", "root.pem")


@pytest.fixture
def watched(sealed, settings, tmp_path) -> Iterator[Anchoring]:
    """The thread that anchors beside the sealing, to a file."""
    settings.AUDIT_ANCHORS = str(tmp_path / "heads.txt")
    thread = Anchoring()
    yield thread
    thread.end()
    thread.join(30)


def test_the_thread_anchors_and_ends_when_it_is_asked_to(watched, sealed, tmp_path):
    trail.write_and_seal(sealed[0], 3)
    watched.start()
    until = time.monotonic() + 20
    while not list(FileAnchor(tmp_path / "heads.txt").kept()):
        assert time.monotonic() < until
        time.sleep(0.05)
    watched.end()
    watched.join(20)
    assert not watched.is_alive()


def test_the_thread_outlives_whatever_goes_wrong(watched, sealed, settings, tmp_path, monkeypatch):
    """A folder where the file should be, then a file: the second time it works."""
    monkeypatch.setattr(anchoring, "EVERY_SECONDS", 0.05)
    settings.AUDIT_ANCHORS = 42
    trail.write_and_seal(sealed[0], 3)
    watched.start()
    time.sleep(0.5)
    assert watched.is_alive()
    settings.AUDIT_ANCHORS = str(tmp_path / "heads.txt")
    until = time.monotonic() + 20
    while not (tmp_path / "heads.txt").exists():
        assert time.monotonic() < until
        time.sleep(0.05)
