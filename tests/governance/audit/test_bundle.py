"""Extracts of the audit trail and their verifier, run as an auditor runs it; and its own Ed25519."""

import ast
import io
import json
import re
import subprocess
import sys
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.audit import verify_bundle
from governance.audit.bundle import proof_of_event, write_bundle
from governance.audit.merkle import Frontier, inclusion_proof, leaf_hash
from governance.audit.notes import Checkpoint, load_key, new_key, sign, vkey
from governance.audit.verify_bundle import PublicKey

NAME = "audit.example.org/hospital"
KEY = load_key(new_key())
OTHER = load_key(new_key())
VKEY = vkey(NAME, KEY.public_key())
VERIFIER = Path(verify_bundle.__file__)

Files = dict[str, bytes]


class Told(NamedTuple):
    """What an auditor gets to see."""

    status: int
    text: str


def payload(position: int) -> bytes:
    return b'{"action":"instance.accessed","position":%d,"recorded":"2026-11-24T08:%02d:%02dZ"}' % (
        position,
        position // 60 % 60,
        position % 60,
    )


def leaves(end: int) -> list[bytes]:
    return [leaf_hash(payload(position)) for position in range(end)]


def note_at(size: int, key: Ed25519PrivateKey = KEY) -> str:
    tree = Frontier()
    tree.extend(leaves(size))
    return sign(Checkpoint(NAME, size, tree.root()), key, NAME)


def bundle_of(
    first: int, events: int, every: int, *, anchored: bool = False, stamped: tuple[int, ...] = ()
) -> bytes:
    """Make a bundle with a checkpoint after so many events, perhaps one before the first, and tokens at some sizes."""
    before = Frontier()
    before.extend(leaves(first))
    end = first + events
    at = {*range(first + every, end, every), end} | ({first} if anchored else set())
    target = io.BytesIO()
    written = write_bundle(
        target,
        origin=NAME,
        vkey=VKEY,
        first=first,
        before=before.hashes,
        notes=map(note_at, sorted(at)),
        payloads=map(payload, range(first, end)),
        period=("2026-11-24T00:00:00Z", None),
        made_at="2026-11-25T00:00:00Z",
        stamps=[(size, note_at(size).encode(), b"a token") for size in stamped],
    )
    assert written == events
    return target.getvalue()


def files_of(bundle: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: Files) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def with_manifest_corrected(files: Files) -> Files:
    """Make the manifest fit what was done to the other files, as a forger would."""
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = {n: sha256(data).hexdigest() for n, data in files.items() if n != "manifest.json"}
    return files | {"manifest.json": json.dumps(manifest).encode()}


def run(*arguments: str | Path) -> Told:
    done = subprocess.run(
        [sys.executable, "-I", VERIFIER, *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    assert "Traceback" not in done.stderr
    return Told(done.returncode, done.stdout + done.stderr)


@pytest.fixture
def verify(tmp_path: Path) -> Callable[..., Told]:
    def verified(bundle: bytes, key: str = VKEY) -> Told:
        (tmp_path / "bundle.zip").write_bytes(bundle)
        return run(tmp_path / "bundle.zip", key)

    return verified


@pytest.mark.parametrize(
    ("first", "events", "every", "anchored"),
    [
        (0, 1, 1, False),
        (0, 0, 1, False),
        (0, 10, 3, False),
        (0, 700, 64, False),
        (7, 1, 1, True),
        (255, 2, 1, False),
        (256, 600, 100, True),
        (1_000, 513, 513, False),
        (1_000, 0, 1, False),
    ],
)
def test_an_untouched_bundle_is_verified_with_its_range(
    verify: Callable[..., Told], first: int, events: int, every: int, *, anchored: bool
):
    status, text = verify(bundle_of(first, events, every, anchored=anchored))
    assert status == 0, text
    assert text.startswith("OK")
    assert f"Events:           {events}\n" in text
    assert f"Last checkpoint:  size {first + events}, root" in text
    if events:
        assert f"Positions:        {first} to {first + events - 1}\n" in text
        assert json.loads(payload(first))["recorded"] in text
        assert json.loads(payload(first + events - 1))["recorded"] in text


def changed_byte(events: bytes) -> bytes:
    lines = events.splitlines(keepends=True)
    lines[30] = lines[30].replace(b"accessed", b"accessee")
    return b"".join(lines)


def removed_line(events: bytes) -> bytes:
    lines = events.splitlines(keepends=True)
    return b"".join(lines[:30] + lines[31:])


def swapped_lines(events: bytes) -> bytes:
    lines = events.splitlines(keepends=True)
    lines[30], lines[31] = lines[31], lines[30]
    return b"".join(lines)


def inserted_line(events: bytes) -> bytes:
    lines = events.splitlines(keepends=True)
    return b"".join([*lines[:30], payload(999) + b"\n", *lines[30:]])


def doubled_newline(events: bytes) -> bytes:
    return removed_line(events) + b"\n"


@pytest.mark.parametrize("corrected", [False, True])
@pytest.mark.parametrize(
    "tamper", [changed_byte, removed_line, swapped_lines, inserted_line, doubled_newline]
)
def test_a_changed_event_is_found_between_two_checkpoints(
    verify: Callable[..., Told], tamper: Callable[[bytes], bytes], *, corrected: bool
):
    files = files_of(bundle_of(100, 80, 16))
    files["events.ndjson"] = tamper(files["events.ndjson"])
    status, text = verify(zipped(with_manifest_corrected(files) if corrected else files))
    assert status == 1
    assert text.startswith("NOT VERIFIED: between positions 116 and 131")


def test_a_line_that_is_not_json_is_named_with_its_position(verify: Callable[..., Told]):
    files = files_of(bundle_of(100, 80, 16))
    files["events.ndjson"] = files["events.ndjson"].replace(payload(130), payload(130)[:-1])
    status, text = verify(zipped(with_manifest_corrected(files)))
    assert status == 1
    assert "between positions 116 and 131" in text
    assert "Line 31 of events.ndjson, position 130, is not JSON." in text


def without_the_last_event(files: Files) -> Files:
    return files | {"events.ndjson": files["events.ndjson"][: -len(payload(179)) - 1]}


def with_an_event_after_the_last(files: Files) -> Files:
    return files | {"events.ndjson": files["events.ndjson"] + payload(180) + b"\n"}


def without_the_last_newline(files: Files) -> Files:
    return files | {"events.ndjson": files["events.ndjson"][:-1]}


def with_a_note_of_another_key(files: Files) -> Files:
    return files | {
        "checkpoints.txt": files["checkpoints.txt"].replace(
            note_at(132).encode(), note_at(132, OTHER).encode()
        )
    }


def with_a_note_of_other_events(files: Files) -> Files:
    """The other key's signature under our key's id."""
    forged = OTHER.sign(note_at(132).split("\n\n")[0].encode() + b"\n")
    line = f"— {NAME} {b64encode(bytes.fromhex(VKEY.split('+')[1]) + forged).decode()}\n"
    note = note_at(132).split("\n\n")[0] + "\n\n" + line
    return files | {"checkpoints.txt": files["checkpoints.txt"].replace(note_at(132).encode(), note.encode())}


def without_the_last_note(files: Files) -> Files:
    notes = files["checkpoints.txt"].split(b"---\n")
    return files | {"checkpoints.txt": b"---\n".join(notes[:-1])}


def without_any_note(files: Files) -> Files:
    return files | {"checkpoints.txt": b""}


def with_notes_out_of_order(files: Files) -> Files:
    notes = files["checkpoints.txt"].split(b"---\n")
    return files | {"checkpoints.txt": b"---\n".join([notes[1], notes[0], *notes[2:]])}


def with_another_tree_before(files: Files) -> Files:
    before = json.loads(files["before.json"])
    before["hashes"][0] = b64encode(leaf_hash(b"another")).decode()
    return files | {"before.json": json.dumps(before).encode()}


def with_a_hash_too_few_before(files: Files) -> Files:
    before = json.loads(files["before.json"])
    return files | {"before.json": json.dumps(before | {"hashes": before["hashes"][1:]}).encode()}


def with_another_member(**members: object) -> Callable[[Files], Files]:
    def changed(files: Files) -> Files:
        return files | {"manifest.json": json.dumps(json.loads(files["manifest.json"]) | members).encode()}

    return changed


def with_one_event_fewer_announced(files: Files) -> Files:
    return with_another_member(events=79)(without_the_last_event(files))


@pytest.mark.parametrize("corrected", [False, True])
@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (without_the_last_event, "ends before position 179"),
        (with_an_event_after_the_last, "position 180 is not signed"),
        (without_the_last_newline, "does not end"),
        (with_a_note_of_another_key, "from position 116 on"),
        (with_a_note_of_another_key, "checkpoint 2 of checkpoints.txt: it is not signed with the key given"),
        (with_a_note_of_other_events, "checkpoint 2 of checkpoints.txt: its signature is wrong"),
        (without_the_last_note, "position 164 is not signed"),
        (without_any_note, "not a signed note"),
        (with_notes_out_of_order, "out of order"),
        (with_another_tree_before, "between positions 100 and 115"),
        (with_a_hash_too_few_before, "before.json does not hold"),
        (with_one_event_fewer_announced, "out of order"),
        (with_another_member(events=81), "the manifest says 181"),
        (with_another_member(first=99), "before.json is not of the size"),
        (with_another_member(first=-1), "manifest.json lacks"),
        (with_another_member(events=True), "manifest.json lacks"),
        (with_another_member(origin="another"), "origin is not the manifest's"),
        (with_another_member(key=vkey(NAME, OTHER.public_key())), "another key"),
        (with_another_member(format="other/1"), "not of the format"),
    ],
)
def test_a_forged_bundle_is_refused_with_the_place(
    verify: Callable[..., Told], tamper: Callable[[Files], Files], expected: str, *, corrected: bool
):
    files = tamper(files_of(bundle_of(100, 80, 16)))
    status, text = verify(zipped(with_manifest_corrected(files) if corrected else files))
    assert status == 1
    assert text.startswith("NOT VERIFIED: ")
    assert expected in text


def test_a_tree_before_must_be_the_one_signed_at_its_size(verify: Callable[..., Told]):
    files = with_another_tree_before(files_of(bundle_of(100, 80, 16, anchored=True)))
    status, text = verify(zipped(with_manifest_corrected(files)))
    assert status == 1
    assert "before.json is not the tree that checkpoint 1 signs at size 100" in text


@pytest.mark.parametrize(
    "name", ["README.txt", "verify_bundle.py", "before.json", "checkpoints.txt", "events.ndjson"]
)
def test_a_file_unlike_its_hash_in_the_manifest_is_refused(verify: Callable[..., Told], name: str):
    files = files_of(bundle_of(0, 10, 5))
    manifest = json.loads(files["manifest.json"])
    manifest["files"][name] = sha256(b"another").hexdigest()
    status, text = verify(zipped(files | {"manifest.json": json.dumps(manifest).encode()}))
    assert (status, text) == (1, f"NOT VERIFIED: {name} is not the file that the manifest lists.\n")


def test_a_file_that_the_manifest_does_not_list_is_refused(verify: Callable[..., Told]):
    files = files_of(bundle_of(0, 10, 5))
    assert "more.txt, which its manifest does not list" in verify(zipped(files | {"more.txt": b""})).text
    del files["checkpoints.txt"]
    assert "lacks checkpoints.txt" in verify(zipped(files)).text
    assert verify(zipped({"events.ndjson": b""})) == (1, "NOT VERIFIED: the bundle lacks manifest.json.\n")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_refused(verify: Callable[..., Told]):
    target = io.BytesIO(bundle_of(0, 10, 5))
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("README.txt", "another")
    status, text = verify(target.getvalue())
    assert status == 1
    assert "each once" in text


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_changed_byte_of_the_zip_file_changes_what_is_verified(data: st.DataObject):
    bundle = GOOD[:]
    at = data.draw(st.integers(0, len(bundle) - 1))
    bundle[at] ^= data.draw(st.integers(1, 255))
    try:
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            told = verify_bundle.verify_archive(verify_bundle.Bundle(archive), verify_bundle.read_key(VKEY))
    except (verify_bundle.NotVerified, *verify_bundle.DAMAGED):
        return
    assert told == GOOD_TOLD


def told_of_good(bundle: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return verify_bundle.verify_archive(verify_bundle.Bundle(archive), verify_bundle.read_key(VKEY))


GOOD = bytearray(bundle_of(3, 40, 10))
GOOD_TOLD = told_of_good(bytes(GOOD))


def test_a_damaged_zip_file_is_not_verified(verify: Callable[..., Told]):
    bundle = bytearray(zipped(files_of(bundle_of(0, 10, 5))))
    bundle[bundle.find(b"instance.accessed")] ^= 1
    status, text = verify(bytes(bundle))
    assert status == 1
    assert "damaged" in text


def test_a_bundle_compressed_in_an_unusual_way_is_refused(verify: Callable[..., Told]):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_LZMA) as archive:
        for name, data in files_of(bundle_of(0, 10, 5)).items():
            archive.writestr(name, data)
    assert "in another way than by DEFLATE" in verify(target.getvalue()).text


def test_the_key_may_be_in_a_file(verify: Callable[..., Told], tmp_path: Path):
    (tmp_path / "key.txt").write_text(VKEY + "\n")
    assert verify(bundle_of(0, 10, 5), str(tmp_path / "key.txt")).status == 0


def test_another_key_does_not_verify_a_bundle(verify: Callable[..., Told]):
    status, text = verify(bundle_of(0, 10, 5), vkey(NAME, OTHER.public_key()))
    assert status == 1
    assert "not signed with the key given" in text


def test_what_cannot_be_read_has_a_status_of_its_own(verify: Callable[..., Told], tmp_path: Path):
    assert verify(b"no zip file").status == 2
    assert verify(bundle_of(0, 1, 1), "no key").status == 2
    assert run(tmp_path / "missing.zip", VKEY).status == 2
    assert run("--proof", tmp_path / "missing.json", VKEY).status == 2
    assert run(VKEY).status == 2


def proof_file(position: int, size: int) -> dict[str, object]:
    hashes = leaves(size)

    def subtree(start: int, end: int) -> bytes:
        tree = Frontier()
        tree.extend(hashes[start:end])
        return tree.root()

    proof = inclusion_proof(position, size, subtree)
    read: dict[str, object] = json.loads(proof_of_event(position, payload(position), proof, note_at(size)))
    return read


@pytest.mark.parametrize(("position", "size"), [(0, 1), (0, 300), (299, 300), (150, 300), (256, 257)])
def test_the_proof_of_one_event_is_verified(tmp_path: Path, position: int, size: int):
    (tmp_path / "proof.json").write_text(json.dumps(proof_file(position, size)))
    status, text = run("--proof", tmp_path / "proof.json", VKEY)
    assert status == 0, text
    assert text.startswith(f"OK: this event is the one at position {position}")
    assert json.loads(text[text.index("{") :]) == json.loads(payload(position))


@pytest.mark.parametrize(
    "members",
    [
        {"position": 151},
        {"position": 300},
        {"position": -1},
        {"position": "150"},
        {"payload": b64encode(payload(151)).decode()},
        {"payload": "not base64"},
        {"payload": None},
        {"proof": []},
        {"proof": ["AAAA"]},
        {"proof": None},
        {"checkpoint": note_at(299)},
        {"checkpoint": note_at(300, OTHER)},
        {"checkpoint": "nothing"},
        {"checkpoint": note_at(300).replace("hospital", "hospital\ud800", 1)},
        {"format": "another"},
    ],
)
def test_a_changed_proof_of_one_event_is_refused(tmp_path: Path, members: dict[str, object]):
    (tmp_path / "proof.json").write_text(json.dumps(proof_file(150, 300) | members))
    status, text = run("--proof", tmp_path / "proof.json", VKEY)
    assert status == 1
    assert text.startswith("NOT VERIFIED: ")


def test_a_bundle_holds_its_verifier_and_says_how_to_use_it():
    files = files_of(bundle_of(0, 3, 1))
    assert files["verify_bundle.py"] == VERIFIER.read_bytes()
    assert b"does not verify tokens" in files["README.txt"]
    assert len(files["README.txt"].splitlines()) == 8
    manifest = json.loads(files["manifest.json"])
    assert list(manifest) == ["format", "origin", "key", "first", "events", "from", "to", "made_at", "files"]
    assert set(manifest["files"]) == set(files) - {"manifest.json"}


def test_time_stamps_are_counted_and_never_said_to_be_verified(verify: Callable[..., Told]):
    status, text = verify(bundle_of(0, 30, 10, stamped=(10, 20)))
    assert status == 0
    assert re.search(r"Time stamps: +2, NOT verified here; the last is over the first 20 events", text)
    assert "openssl ts -verify -data timestamps/20.note -in timestamps/20.tsr -CAfile" in text
    assert "Time stamps" not in verify(bundle_of(0, 30, 10)).text


def with_a_stamp_over_other_events(files: Files) -> Files:
    other = sign(Checkpoint(NAME, 10, b"0" * 32), KEY, NAME)
    return files | {"timestamps/10.note": other.encode()}


def with_a_stamp_over_a_head_of_another_key(files: Files) -> Files:
    return files | {"timestamps/10.note": note_at(10, OTHER).encode()}


def with_a_stamp_over_a_head_that_is_not_there(files: Files) -> Files:
    return files | {"timestamps/7.note": note_at(7).encode(), "timestamps/7.tsr": b"a token"}


def with_a_stamp_without_its_head(files: Files) -> Files:
    return {name: data for name, data in files.items() if name != "timestamps/10.note"}


def with_a_stamp_over_no_text(files: Files) -> Files:
    return files | {"timestamps/10.note": b"\xff"}


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (with_a_stamp_over_other_events, "timestamps/10.note is not a head of this bundle"),
        (with_a_stamp_over_a_head_of_another_key, "timestamps/10.note: it is not signed with the key given"),
        (with_a_stamp_over_a_head_that_is_not_there, "timestamps/7.note is not a head of this bundle"),
        (with_a_stamp_without_its_head, "one of the two files is missing"),
        (with_a_stamp_over_no_text, "timestamps/10.note is not UTF-8"),
    ],
)
def test_a_stamp_over_something_else_than_a_head_of_the_bundle_is_refused(
    verify: Callable[..., Told], forge: Callable[[Files], Files], reason: str
):
    status, text = verify(
        zipped(with_manifest_corrected(forge(files_of(bundle_of(0, 30, 10, stamped=(10,))))))
    )
    assert status == 1
    assert reason in text


@pytest.mark.parametrize(
    ("payloads", "size", "reason"),
    [([b"{}"], 2, "where the events end"), ([b"{\n}"], 1, "no newline")],
)
def test_a_bundle_that_could_not_be_verified_is_not_left_behind(
    tmp_path: Path, payloads: list[bytes], size: int, reason: str
):
    target = tmp_path / "bundle.zip"
    with pytest.raises(ValueError, match=reason):
        write_bundle(
            target,
            origin=NAME,
            vkey=VKEY,
            first=0,
            before=(),
            notes=[note_at(size)],
            payloads=payloads,
            period=(None, None),
            made_at="2026-11-25T00:00:00Z",
        )
    assert not target.exists()


def test_the_verifier_imports_the_standard_library_only():
    tree = ast.parse(VERIFIER.read_text(), feature_version=(3, 9))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names


# RFC 8032 section 7.1: public key, message, signature.
RFC_8032 = {
    "TEST 1": (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    "TEST 2": (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    "TEST 3": (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
}


@pytest.mark.parametrize("name", RFC_8032)
def test_the_signatures_of_rfc_8032_verify(name: str):
    public, message, signature = map(bytes.fromhex, RFC_8032[name])
    assert PublicKey(public).verifies(message, signature)
    assert not PublicKey(public).verifies(message + b"\0", signature)


def test_the_example_of_gos_note_package_verifies():
    key = verify_bundle.read_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    signature = b64decode(
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    )
    assert signature[:4] == key.id
    assert key.public.verifies(text.encode(), signature[4:])


def accepted_by_cryptography(key: Ed25519PrivateKey, message: bytes, signature: bytes) -> bool:
    try:
        key.public_key().verify(signature, message)
    except InvalidSignature:
        return False
    return True


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 511))
def test_the_verifiers_ed25519_agrees_with_that_of_cryptography(seed: bytes, message: bytes, bit: int):
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public = PublicKey(key.public_key().public_bytes_raw())
    signature = key.sign(message)
    changed = (int.from_bytes(signature, "big") ^ 1 << bit).to_bytes(64, "big")
    assert public.verifies(message, signature)
    assert public.verifies(message, changed) is accepted_by_cryptography(key, message, changed) is False


@given(st.binary(max_size=70))
def test_any_other_bytes_are_no_signature(signature: bytes):
    assert not PublicKey(KEY.public_key().public_bytes_raw()).verifies(b"message", signature)


def test_a_signature_with_the_group_order_added_is_refused():
    """RFC 8032 section 5.1.7 demands S below L: or there would be two signatures for one."""
    signature = KEY.sign(b"message")
    greater = int.from_bytes(signature[32:], "little") + verify_bundle.L
    public = PublicKey(KEY.public_key().public_bytes_raw())
    assert not public.verifies(b"message", signature[:32] + greater.to_bytes(32, "little"))


# The points of order 1, 2, 4 and 8, and forms of them that are not canonical.
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000080",
]


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_a_point_of_small_order_is_no_key_and_signs_nothing(point: str):
    with pytest.raises(ValueError, match="key"):
        PublicKey(bytes.fromhex(point))
    forged = bytes.fromhex(point) + bytes(32)
    assert not PublicKey(KEY.public_key().public_bytes_raw()).verifies(b"message", forged)


@given(st.binary(max_size=40))
def test_bytes_are_a_public_key_or_refused(encoded: bytes):
    try:
        assert PublicKey(encoded).encoded == encoded
    except ValueError:
        return
    assert len(encoded) == 32
