"""Drawn thumbnails, encrypted, for an hour: whoever reads the cache's memory sees no picture."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.cache import cache

from catalog.models import Instance
from catalog.thumbnails.drawing import Drawn, Failure, Undrawable
from catalog.thumbnails.job import result_from_bytes, result_to_bytes

# Raised when thumbnails are drawn otherwise, so that old ones are not shown any more.
_EDITION = 2
PICTURE_SECONDS = 3600
# Long enough to leaf through a series and back; what was sharp for one lens is soon gone.
REVEALED_SECONDS = 120
# A file or a disk that is away may come back soon.
_FAILURE_SECONDS = {Failure.GONE: 60, Failure.TOO_SLOW: 600}
# Longer than a picture takes; after that another request may ask again.
_PENDING_SECONDS = 60
_NONCE_BYTES = 12


def name_of(instance: Instance, is_revealed: bool = False) -> str:
    """Return the cache's key for an instance: ids and the content's hash, nothing that a file says."""
    sort = "revealed" if is_revealed else "thumbnail"
    return f"{sort}:{_EDITION}:{instance.pk}:{instance.revision}:{bytes(instance.content_hash).hex()}"


def stored(instance: Instance, is_revealed: bool = False) -> Drawn | Undrawable | None:
    """Return what was drawn of an instance, or why it could not be; None when that is not known."""
    name = name_of(instance, is_revealed)
    sealed = cache.get(name)
    if sealed is None:
        return None
    try:
        data = _cipher().decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name.encode())
    except InvalidTag:
        # Another secret key, or another entry's bytes: as good as absent.
        return None
    return result_from_bytes(data)


def store(instance: Instance, result: Drawn | Undrawable, is_revealed: bool = False) -> None:
    """Keep a result; the ciphertext is bound to its key, so that entries cannot be exchanged."""
    name = name_of(instance, is_revealed)
    nonce = os.urandom(_NONCE_BYTES)
    seconds = (
        (REVEALED_SECONDS if is_revealed else PICTURE_SECONDS)
        if isinstance(result, Drawn)
        else _FAILURE_SECONDS.get(result.failure, PICTURE_SECONDS)
    )
    cache.set(name, nonce + _cipher().encrypt(nonce, result_to_bytes(result), name.encode()), seconds)
    cache.delete(_pending_name(instance, is_revealed))


def claim(instance: Instance, is_revealed: bool = False) -> bool:
    """Return True to the first who asks for a thumbnail, so that it is drawn once however many look at it."""
    return bool(cache.add(_pending_name(instance, is_revealed), 1, _PENDING_SECONDS))


def _pending_name(instance: Instance, is_revealed: bool) -> str:
    return f"{name_of(instance, is_revealed)}:pending"


def _cipher() -> AESGCM:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"isocenter.thumbnails")
    return AESGCM(derivation.derive(settings.SECRET_KEY.encode()))
