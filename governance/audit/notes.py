"""Signed heads of the audit trail: C2SP tlog-checkpoint in a C2SP signed-note, with Ed25519 (RFC 8032).

The forms are those of https://c2sp.org/tlog-checkpoint and https://c2sp.org/signed-note, so that other programs
for transparency logs (Go's sumdb/note, witnesses) read them too.
"""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

# "0x01 — Ed25519 signatures as specified by this document" (signed-note, Signature types).
_ED25519 = b"\x01"
# "no leading zeroes (unless the tree is empty, in which case the tree size is 0)" (tlog-checkpoint, Note text).
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
# "Verifiers SHOULD apply a maximum limit to ... the overall size of a note" (signed-note, Format).
_LONGEST = 100_000


class BadNote(ValueError):
    """A note, checkpoint or key that is not what it should be; the message says why."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: whose it is, how many leaves its tree has, and the tree's root."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not self.origin or _holds_control_characters(self.origin):
            raise BadNote("An origin is one line of text.")
        if not _SIZE.fullmatch(str(self.size)):
            raise BadNote("A checkpoint's size is a whole number of up to 19 digits.")
        if len(self.root) != 32:
            raise BadNote("A checkpoint's root has 32 bytes.")

    def text(self) -> str:
        """Return what is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def new_key() -> bytes:
    """Make a signing key; return it as PEM (PKCS #8) without a password."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def load_key(pem: bytes) -> Ed25519PrivateKey:
    """Read a signing key as `new_key` makes it. Raises BadNote."""
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        raise BadNote("The signing key is not a private key in PEM without a password.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadNote("The signing key is not of Ed25519.")
    return key


def vkey(name: str, public_key: Ed25519PublicKey) -> str:
    """Return the verifier's key as Go's sumdb/note writes it: name+key id+base64(0x01 || public key)."""
    encoded = b64encode(_ED25519 + public_key.public_bytes_raw()).decode()
    return f"{_checked_name(name)}+{_key_id(name, public_key).hex()}+{encoded}"


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey, name: str) -> str:
    """Return the note: the checkpoint's text, a blank line, and its one signature."""
    text = checkpoint.text()
    signature = _key_id(_checked_name(name), key.public_key()) + key.sign(text.encode())
    return f"{text}\n— {name} {b64encode(signature).decode()}\n"


def open_note(text: str, vkey: str) -> Checkpoint:
    """Return the checkpoint of a note which that key has signed.

    Signatures of other keys are passed over (witnesses add theirs); one of this key that is wrong refuses the note.
    Extension lines are signed with the rest and mean nothing here. Raises BadNote.
    """
    name, public_key = _read_vkey(vkey)
    if len(text) > _LONGEST or _holds_control_characters(text.replace("\n", "")):
        raise BadNote("A note is text of at most 100,000 characters without control characters.")
    signed, blank, signatures = text.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise BadNote("A note is a text, a blank line, and signatures, each line ended.")
    _verify(signed + "\n", _signatures_of(name, _key_id(name, public_key), signatures), public_key)
    return _read_checkpoint(signed)


def _verify(text: str, signatures: list[bytes], public_key: Ed25519PublicKey) -> None:
    if not signatures:
        raise BadNote("The note is not signed with this key.")
    try:
        for signature in signatures:
            public_key.verify(signature, text.encode())
    except (InvalidSignature, UnicodeEncodeError):
        raise BadNote("The note's signature is wrong.") from None


def _signatures_of(name: str, key_id: bytes, lines: str) -> list[bytes]:
    """Return the signatures of the key of that name and id."""
    found = []
    for line in lines.removesuffix("\n").split("\n"):
        match line.split(" "):
            case ["—", signer, encoded] if signer:
                signature = _decoded(encoded)
            case _:
                raise BadNote("A signature line is an em dash, a name and a signature.")
        if signer == name and signature[:4] == key_id:
            found.append(signature[4:])
    return found


def _read_checkpoint(text: str) -> Checkpoint:
    """Read "at least three non-empty lines" (tlog-checkpoint, Note text)."""
    lines = text.split("\n")
    if len(lines) < 3 or not all(lines):
        raise BadNote("A checkpoint is an origin, a size and a root, each on its line.")
    origin, size, root, *_ = lines
    if not _SIZE.fullmatch(size):
        raise BadNote("A checkpoint's size is a whole number of up to 19 digits.")
    return Checkpoint(origin, int(size), _decoded(root))


def _read_vkey(vkey: str) -> tuple[str, Ed25519PublicKey]:
    match vkey.strip().split("+", 2):
        case [name, key_id, encoded]:
            key = _decoded(encoded)
        case _:
            raise BadNote("A verifier's key is name+id+key.")
    if key[:1] != _ED25519 or len(key) != 33:
        raise BadNote("The verifier's key is not of Ed25519.")
    public_key = Ed25519PublicKey.from_public_bytes(key[1:])
    if key_id != _key_id(_checked_name(name), public_key).hex():
        raise BadNote("The verifier's key does not belong to its id.")
    return name, public_key


def _key_id(name: str, public_key: Ed25519PublicKey) -> bytes:
    """Return "SHA-256(key name || 0x0A || 0x01 || 32-byte Ed25519 public key)[:4]" (signed-note)."""
    return sha256(name.encode() + b"\n" + _ED25519 + public_key.public_bytes_raw()).digest()[:4]


def _checked_name(name: str) -> str:
    """Return a name that is "non-empty", without "any Unicode spaces or plus" (signed-note, Format)."""
    if not name or "+" in name or any(map(str.isspace, name)) or _holds_control_characters(name):
        raise BadNote("A key's name has no spaces and no plus.")
    return name


def _decoded(encoded: str) -> bytes:
    """Decode base64 (RFC 4648 section 4) that has the one form its bytes have."""
    try:
        value = b64decode(encoded, validate=True)
    except ValueError:
        value = b""
    if not value or b64encode(value).decode() != encoded:
        raise BadNote("What should be base64 is not.")
    return value


def _holds_control_characters(text: str) -> bool:
    """Say whether there are any "below U+0020" (signed-note, Format)."""
    return any(character < " " for character in text)
