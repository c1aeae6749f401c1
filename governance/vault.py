"""Sealing secrets that must lie in the database: who has only the database, or a backup of it, cannot open them.

A sealed text is `v1.<key id>.<base64url of nonce and ciphertext>`: AES-256-GCM (NIST SP 800-38D) with a random nonce of
96 bits. The key id and the purpose are authenticated with it, so that what was sealed for one purpose, or for one row,
does not open as another's. The keys are in settings.SECRETS_KEYS, never in the database.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

# The secrets and recovery seeds of second factors. Their library does not say whose it seals, so that the purpose
# names no person: docs/security.md says what follows.
SECOND_FACTOR = "second-factor"
_VERSION = "v1"
_NONCE_BYTES = 12


class NoSecretsKey(Exception):
    """No key is set to seal with; the message says what to do."""


class CannotOpen(Exception):
    """A sealed text was changed, belongs to another purpose, or was sealed with a key that is not here."""


def seal(purpose: str, plain: str) -> str:
    """Return `plain` encrypted under the first key, for `purpose` only. Raises NoSecretsKey.

    `purpose` says what the secret is for and, where its row is known, which: `source-credential:17`.
    """
    key = _first_key()
    nonce = os.urandom(_NONCE_BYTES)
    hidden = AESGCM(key).encrypt(nonce, plain.encode(), _bound_to(key_id(key), purpose))
    return f"{_VERSION}.{key_id(key)}.{urlsafe_b64encode(nonce + hidden).decode()}"


def unseal(purpose: str, sealed: str) -> str:
    """Return what was sealed for `purpose`. Raises CannotOpen."""
    named, content = _parts(sealed)
    key = next((key for key in settings.SECRETS_KEYS if key_id(key) == named), None)
    if key is None:
        raise CannotOpen(f"ISOCENTER_SECRETS_KEY holds no key {named}, with which this was sealed.")
    try:
        plain = AESGCM(key).decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], _bound_to(named, purpose))
    except (InvalidTag, ValueError):
        raise CannotOpen("A sealed text was changed, or was sealed for something else.") from None
    return plain.decode()


def sealed_under(text: str) -> str | None:
    """Return the id of the key that a text is sealed under; None for what is no sealed text."""
    try:
        return _parts(text)[0]
    except CannotOpen:
        return None


def needs_resealing(sealed: str) -> bool:
    """Say whether it is under another key than the first. Raises CannotOpen, NoSecretsKey."""
    return _parts(sealed)[0] != key_id(_first_key())


def key_id(key: bytes) -> str:
    """Return the name of a key, which tells nothing about it: 32 bits of a hash."""
    return sha256(b"isocenter secrets key\0" + key).hexdigest()[:8]


def _first_key() -> bytes:
    if not settings.SECRETS_KEYS:
        raise NoSecretsKey("ISOCENTER_SECRETS_KEY_FILE names no key; `openssl rand -base64 32` makes one.")
    key: bytes = settings.SECRETS_KEYS[0]
    return key


def _bound_to(key_name: str, purpose: str) -> bytes:
    return f"isocenter\0{_VERSION}\0{key_name}\0{purpose}".encode()


def _parts(sealed: str) -> tuple[str, bytes]:
    """The key's id and the encrypted bytes of a sealed text."""
    match sealed.split("."):
        case [version, named, encoded] if version == _VERSION:
            content = _decoded(encoded)
            # One form only: what was changed in any character is refused.
            if urlsafe_b64encode(content).decode() == encoded:
                return named, content
    raise CannotOpen("This is no sealed text.")


def _decoded(encoded: str) -> bytes:
    try:
        return urlsafe_b64decode(encoded)
    except ValueError:
        return b""
