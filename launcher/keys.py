"""The keys of a data folder, each made once, readable by this account only, and given to whoever needs it."""

import base64
import contextlib
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from launcher.layout import Layout
from launcher.problem import Problem

AUDIT_KEY = "ISOCENTER_AUDIT_KEY"
AUDIT_PUBLIC_KEY = "ISOCENTER_AUDIT_PUBLIC_KEY"
SECRETS_KEY = "ISOCENTER_SECRETS_KEY"
_PKCS8_ED25519 = bytes.fromhex("302e020100300506032b657004220420")


def is_set(name: str, environment: Mapping[str, str]) -> bool:
    """Whether the variable, or the file that holds its value, is named."""
    return bool(environment.get(name) or environment.get(f"{name}_FILE"))


def add_keys(layout: Layout, told: dict[str, str]) -> None:
    """Tell every child the keys that no variable names, and none of them the one that signs the audit trail."""
    if not is_set("ISOCENTER_SECRET_KEY", told):
        told["ISOCENTER_SECRET_KEY"] = secret_key(layout)
    if not is_set(SECRETS_KEY, told):
        told[SECRETS_KEY] = secrets_key(layout)
    # Whatever was inherited: the sealer of this folder signs with this one's other half.
    told[AUDIT_PUBLIC_KEY] = public_half(_signing_key(layout))
    for name in (AUDIT_KEY, f"{AUDIT_KEY}_FILE", f"{AUDIT_PUBLIC_KEY}_FILE"):
        told.pop(name, None)


def signing(layout: Layout, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of the sealer and of `audit`: with the key that signs the audit trail."""
    return {**environment, AUDIT_KEY: _signing_key(layout)}


def sealing_nothing(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of programs that open no secret of the database: beat and the sealer."""
    return {
        name: value for name, value in environment.items() if name not in {SECRETS_KEY, f"{SECRETS_KEY}_FILE"}
    }


def secret_key(layout: Layout) -> str:
    """The folder's key for sessions and codes."""
    return _kept(layout.secret_key, lambda: secrets.token_urlsafe(50))


def secrets_key(layout: Layout) -> str:
    """The keys under which secrets lie in the database: one to begin with, 32 random bytes in base64."""
    return _kept(layout.secrets_key, lambda: base64.b64encode(secrets.token_bytes(32)).decode())


def audit_key(layout: Layout) -> str:
    """The key that signs the audit trail: an Ed25519 key in PEM."""
    return _kept(layout.audit_key, _new_ed25519_key)


def public_half(pem: str) -> str:
    """What verifies the signatures of a private key, both in PEM. Raises Problem when it is none."""
    # Installed by now, but not when this module is first read.
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        PublicFormat,
        load_pem_private_key,
    )

    try:
        public = load_pem_private_key(pem.encode(), password=None).public_key()
    except (ValueError, TypeError) as error:
        raise Problem(
            f"{AUDIT_KEY} is no private key in PEM without a password.",
            "`openssl genpkey -algorithm ed25519` makes one.",
        ) from error
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _signing_key(layout: Layout) -> str:
    """The key that a variable names, or the folder's."""
    if file := os.environ.get(f"{AUDIT_KEY}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8")
        except OSError as error:
            raise Problem(
                f"{AUDIT_KEY}_FILE cannot be read: {error.strerror}.", "Check the path and its mode."
            ) from error
    return os.environ.get(AUDIT_KEY) or audit_key(layout)


def _new_ed25519_key() -> str:
    """32 random bytes in the frame of PKCS #8 (RFC 8410 section 7)."""
    content = base64.b64encode(_PKCS8_ED25519 + secrets.token_bytes(32)).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{content}\n-----END PRIVATE KEY-----\n"


def _kept(path: Path, make: Callable[[], str]) -> str:
    """What the file holds, made when there is none; whole or not there, whoever is killed meanwhile."""
    if not path.exists():
        unfinished = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        # Another process may have been quicker: its key stays.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(unfinished)
        unfinished.unlink()
    return path.read_text().strip()
