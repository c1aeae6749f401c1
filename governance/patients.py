"""How governance asks about patients, whom only the catalogue knows: by code, or by number and issuer."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from governance.access import Person


class NamedPatient(NamedTuple):
    """A patient as the audit trail knows them: a keyed hash; `codes` are those that this reader may see."""

    hashed: str
    codes: tuple[str, ...]


class PatientIndex(Protocol):
    """What an app that holds patients offers."""

    def by_code(self, user: Person, code: str) -> NamedPatient | None:
        """Return the patient of a code that `user` may see; None where there is none, or it is no code."""

    def codes(self, user: Person, issuer: str, number: str) -> Sequence[str]:
        """Return the codes, of patients that `user` may see, under which this record number is held."""


_index: list[PatientIndex] = []


def keep_index(index: PatientIndex) -> None:
    """Let `index` answer from now on; an app calls it at its start."""
    _index[:] = [index]


def index() -> PatientIndex:
    """Return who knows the patients. Raises LookupError where no app has said that it does."""
    if not _index:
        raise LookupError("No app of this installation holds patients.")
    return _index[0]
