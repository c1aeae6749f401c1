"""The keys of the audit trail: the private one for who seals, the public one for who verifies; neither in the database."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings

from governance.actions.seal_events import Seal
from governance.audit.notes import load_key, vkey


class NoKey(Exception):
    """The key that is needed is not set, or it is none; the message says what to do."""


def signing_seal() -> Seal:
    """Return who signs here. Raises NoKey."""
    return Seal(settings.AUDIT_ORIGIN, _key())


def verifying_key() -> str:
    """Return the public key in the form of C2SP's signed notes, for whoever verifies. Raises NoKey.

    Web and workers have no other; who signs takes the public half of what they sign with.
    """
    public = _key().public_key() if settings.AUDIT_KEY else _public_key()
    return vkey(settings.AUDIT_ORIGIN, public)


def _key() -> Ed25519PrivateKey:
    if not settings.AUDIT_KEY:
        raise NoKey("ISOCENTER_AUDIT_KEY_FILE names no key; `openssl genpkey -algorithm ed25519` makes one.")
    try:
        return load_key(settings.AUDIT_KEY.encode())
    except ValueError:
        raise NoKey("ISOCENTER_AUDIT_KEY is no Ed25519 key in PEM (PKCS #8).") from None


def _public_key() -> Ed25519PublicKey:
    if not settings.AUDIT_PUBLIC_KEY:
        raise NoKey(
            "Neither ISOCENTER_AUDIT_PUBLIC_KEY_FILE nor ISOCENTER_AUDIT_KEY_FILE names a key; "
            "`openssl pkey -pubout` prints the public half of a private one."
        )
    try:
        key = load_pem_public_key(settings.AUDIT_PUBLIC_KEY.encode())
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise NoKey("ISOCENTER_AUDIT_PUBLIC_KEY is no Ed25519 key in PEM.")
    return key
