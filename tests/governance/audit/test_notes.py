"""Signed notes and checkpoints: the forms that others read, and that nothing else opens."""

from base64 import b64decode, b64encode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from governance.audit.notes import BadNote, Checkpoint, load_key, new_key, open_note, sign, vkey

NAME = "audit.example.org/hospital"
KEY = load_key(new_key())
OTHER = load_key(new_key())
VKEY = vkey(NAME, KEY.public_key())
HEAD = Checkpoint(NAME, 20852163, sha256(b"root").digest())
NOTE = sign(HEAD, KEY, NAME)
ROOT = b64encode(HEAD.root).decode()

# The key that the documentation of Go's package sumdb/note uses as its example.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def signed(text: str) -> str:
    """Sign any text, as `sign` does with a checkpoint."""
    key_id = bytes.fromhex(VKEY.split("+")[1])
    return f"{text}\n— {NAME} {b64encode(key_id + KEY.sign(text.encode())).decode()}\n"


def test_a_verifiers_key_has_the_form_that_go_gives_it():
    public = Ed25519PublicKey.from_public_bytes(b64decode(PETER.split("+", 2)[2])[1:])
    assert vkey("PeterNeumann", public) == PETER


def test_a_note_is_the_checkpoint_a_blank_line_and_a_signature():
    text, signature = NOTE.split("\n\n")
    assert text + "\n" == HEAD.text() == f"{NAME}\n20852163\n{ROOT}\n"
    dash, name, encoded = signature.removesuffix("\n").split(" ")
    assert (dash, name) == ("—", NAME)
    assert b64decode(encoded)[:4].hex() == VKEY.split("+")[1]
    KEY.public_key().verify(b64decode(encoded)[4:], HEAD.text().encode())


@given(st.integers(0, 10**19 - 1), st.binary(min_size=32, max_size=32))
def test_a_signed_checkpoint_opens_as_itself(size: int, root: bytes):
    head = Checkpoint("an origin with spaces", size, root)
    assert open_note(sign(head, KEY, NAME), VKEY) == head


@given(st.integers(0, len(NOTE) - 1), st.characters(codec="utf-8"))
def test_a_note_with_one_character_changed_never_opens(at: int, character: str):
    changed = NOTE[:at] + character + NOTE[at + 1 :]
    if changed != NOTE:
        with pytest.raises(BadNote):
            open_note(changed, VKEY)


@given(st.text())
def test_any_other_text_is_a_bad_note(text: str):
    with pytest.raises(BadNote):
        open_note(text, VKEY)


def test_a_note_of_another_key_does_not_open():
    with pytest.raises(BadNote, match="not signed with this key"):
        open_note(sign(HEAD, OTHER, NAME), VKEY)
    with pytest.raises(BadNote, match="not signed with this key"):
        open_note(sign(HEAD, KEY, "another.name"), VKEY)


def test_a_signature_of_another_key_under_our_id_is_wrong():
    text = HEAD.text()
    forged = bytes.fromhex(VKEY.split("+")[1]) + OTHER.sign(text.encode())
    with pytest.raises(BadNote, match="signature is wrong"):
        open_note(f"{text}\n— {NAME} {b64encode(forged).decode()}\n", VKEY)


def test_signatures_of_witnesses_are_passed_over():
    witness = sign(HEAD, OTHER, "witness.example").split("\n\n")[1]
    assert open_note(NOTE + witness, VKEY) == HEAD
    text, ours = NOTE.split("\n\n")
    assert open_note(f"{text}\n\n{witness}{ours}", VKEY) == HEAD


def test_one_wrong_signature_of_ours_refuses_the_whole_note():
    later = sign(Checkpoint(NAME, 1, HEAD.root), KEY, NAME).split("\n\n")[1]
    with pytest.raises(BadNote, match="signature is wrong"):
        open_note(NOTE + later, VKEY)


def test_extension_lines_are_signed_and_passed_over():
    assert open_note(signed(f"{NAME}\n20852163\n{ROOT}\nextension\n"), VKEY) == HEAD


@pytest.mark.parametrize(
    "text",
    [
        f"{NAME}\n20852163\n",
        f"\n20852163\n{ROOT}\n",
        f"{NAME}\n020\n{ROOT}\n",
        f"{NAME}\n-1\n{ROOT}\n",
        f"{NAME}\n+1\n{ROOT}\n",
        f"{NAME}\n٣\n{ROOT}\n",
        f"{NAME}\n{'9' * 20}\n{ROOT}\n",
        f"{NAME}\n{'9' * 5000}\n{ROOT}\n",
        f"{NAME}\n1\n{ROOT[:-1]}\n",
        f"{NAME}\n1\n{ROOT} \n",
        f"{NAME}\n1\nAAAA\n",
        f"{NAME}\n1\n{ROOT}\n\nextension after a blank line\n",
        f"{NAME}\r\n1\n{ROOT}\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_is_refused(text: str):
    with pytest.raises(BadNote):
        open_note(signed(text), VKEY)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "name",
        "name+00000000+AAAA",
        VKEY.replace("+", "-"),
        VKEY[:-4],
        VKEY.replace(NAME, "another"),
        "spaced " + VKEY,
        "+" + VKEY.split("+", 1)[1],
    ],
    # The key is a new one every time, and the workers must agree on the names.
    ids=lambda _: "key",
)
def test_a_malformed_verifiers_key_opens_nothing(wrong: str):
    with pytest.raises(BadNote):
        open_note(NOTE, wrong)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "tab\there", "no-break\u00a0space", "line\n"])
def test_a_key_name_holds_no_spaces_or_plus(name: str):
    with pytest.raises(BadNote, match="name"):
        sign(HEAD, KEY, name)
    with pytest.raises(BadNote, match="name"):
        vkey(name, KEY.public_key())


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [("", 1, HEAD.root), ("two\nlines", 1, HEAD.root), (NAME, -1, HEAD.root), (NAME, 1, b"short")],
)
def test_a_checkpoint_that_could_not_be_read_is_never_made(origin: str, size: int, root: bytes):
    with pytest.raises(BadNote):
        Checkpoint(origin, size, root)


def test_a_key_file_of_another_kind_is_refused():
    other = X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(BadNote, match="not of Ed25519"):
        load_key(other)
    with pytest.raises(BadNote, match="not a private key"):
        load_key(b"nothing of the kind")


def test_a_key_made_is_pkcs8_and_loads_again():
    pem = new_key()
    assert pem.startswith(b"-----BEGIN PRIVATE KEY-----\n")
    assert load_key(pem).public_key() == load_key(pem).public_key()
    assert new_key() != pem
