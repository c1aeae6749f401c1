"""Bring every sealed secret of the database under the first key, so that older keys can be taken away."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction

from governance import vault
from governance.actions.record import record
from governance.audit.events import Event
from governance.models import User

BATCH = 500


def reseal_secrets(*, actor: User | None) -> int:
    """Reseal what is under another key than the first, and return how many rows. Raises CannotOpen, NoSecretsKey.

    Batch after batch in transactions of their own, each with its audit event: whoever is killed has lost nothing, and
    the next run takes up where this one was, because what is under the first key already is left as it is.
    """
    resealed, last = 0, 0
    while True:
        last, changed = _reseal_after(last, actor)
        resealed += changed
        if not last:
            return resealed


def census() -> Counter[str]:
    """How many sealed texts lie under each key, by its id; `-` counts those that cannot be opened."""
    found: Counter[str] = Counter()
    for data in Authenticator.objects.values_list("data", flat=True).iterator(BATCH):
        found.update(map(_key_that_opens, _sealed_texts(data)))
    return found


@transaction.atomic
def _reseal_after(last: int, actor: User | None) -> tuple[int, int]:
    """Reseal one batch of rows beyond `last`; return its last row (0: there are no more) and how many changed."""
    rows = list(Authenticator.objects.select_for_update().filter(pk__gt=last).order_by("pk")[:BATCH])
    stale = [row for row in rows if any(map(vault.needs_resealing, _sealed_texts(row.data)))]
    for row in stale:
        row.data = _mapped(row.data, _resealed)
    if stale:
        Authenticator.objects.bulk_update(stale, ["data"])
        record(Event.SECRETS_ROTATED, actor=actor, detail={"kind": vault.SECOND_FACTOR, "rows": len(stale)})
    return (rows[-1].pk if rows else 0), len(stale)


def _resealed(sealed: str) -> str:
    return vault.seal(vault.SECOND_FACTOR, vault.unseal(vault.SECOND_FACTOR, sealed))


def _key_that_opens(sealed: str) -> str:
    try:
        vault.unseal(vault.SECOND_FACTOR, sealed)
    except vault.CannotOpen:
        return "-"
    return str(vault.sealed_under(sealed))


def _sealed_texts(data: Any) -> Iterator[str]:
    """The sealed texts anywhere in a JSON value."""
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, list):
        for part in data:
            yield from _sealed_texts(part)
    elif isinstance(data, str) and vault.sealed_under(data):
        yield data


def _mapped(data: Any, change: Callable[[str], str]) -> Any:
    """The same JSON value with every sealed text changed."""
    if isinstance(data, dict):
        return {name: _mapped(part, change) for name, part in data.items()}
    if isinstance(data, list):
        return [_mapped(part, change) for part in data]
    return change(data) if isinstance(data, str) and vault.sealed_under(data) else data
