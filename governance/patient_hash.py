"""The name under which the audit trail knows a patient: a keyed hash of the record number and who issued it."""

import hmac
from functools import lru_cache

from django.conf import settings

from governance.audit.canonical import canonical

HEX_LENGTH = 32


def patient_hash(issuer_of_patient_id: str, patient_id: str, anchor: str = "") -> str:
    """Return 32 hexadecimal digits of HMAC-SHA-256 (RFC 2104) over issuer and number.

    The key comes from the secret key, which is not in the database: whoever has only the trail can neither guess
    record numbers nor compare two installations. A patient is found again by their number after every row about
    them is gone, as 45 CFR 164.528 needs for six years. Without the old secret key they are not.
    `anchor` is the Study Instance UID of objects that name no patient, who must not be taken for one.
    """
    named = canonical(
        {"issuer": issuer_of_patient_id.strip(), "number": patient_id.strip(), "anchor": anchor}
    )
    return hmac.digest(_key(settings.SECRET_KEY, "patient"), named, "sha256").hex()[:HEX_LENGTH]


def hashed_term(term: str) -> str:
    """Return how the trail holds what somebody searched for, which may be a name: equal terms are equal hashes."""
    folded = canonical({"term": " ".join(term.casefold().split())})
    return hmac.digest(_key(settings.SECRET_KEY, "term"), folded, "sha256").hex()[:HEX_LENGTH]


@lru_cache(maxsize=4)
def _key(secret: str, what: str) -> bytes:
    return hmac.digest(secret.encode(), f"isocenter.audit:{what}".encode(), "sha256")
