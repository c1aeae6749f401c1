"""The masker of a Collection: its key comes from the secret key, so that codes of two Collections cannot be compared."""

import hmac
from functools import lru_cache

from django.conf import settings
from django.utils import timezone

from catalog.masking.masker import Masker

# Keys begin with 1.
_NO_COLLECTION = 0


def masker_for(collection_id: int) -> Masker:
    """Return the masker of a Collection as of today."""
    return Masker(_key(settings.SECRET_KEY, collection_id), timezone.localdate())


def common_masker() -> Masker:
    """Return the masker for terms, modalities and makers, which are shown alike in every Collection."""
    return masker_for(_NO_COLLECTION)


@lru_cache(maxsize=1024)
def _key(secret: str, collection_id: int) -> bytes:
    return hmac.digest(secret.encode(), f"isocenter.masking:collection:{collection_id}".encode(), "sha256")
