"""The key that signs the heads of the audit trail; it never lies in the database."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from governance.actions.seal_events import Seal
from governance.audit.notes import load_key, vkey


class NoKey(Exception):
    """No signing key is set, or it is none; the message says what to do."""


def signing_seal() -> Seal:
    """Return who signs here. Raises NoKey."""
    return Seal(settings.AUDIT_ORIGIN, _key())


def verifying_key() -> str:
    """Return the public half in the form of C2SP's signed notes, for whoever verifies. Raises NoKey."""
    return vkey(settings.AUDIT_ORIGIN, _key().public_key())


def _key() -> Ed25519PrivateKey:
    if not settings.AUDIT_KEY:
        raise NoKey("ISOCENTER_AUDIT_KEY_FILE names no key; `openssl genpkey -algorithm ed25519` makes one.")
    try:
        return load_key(settings.AUDIT_KEY.encode())
    except ValueError:
        raise NoKey("ISOCENTER_AUDIT_KEY is no Ed25519 key in PEM (PKCS #8).") from None
