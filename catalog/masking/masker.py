"""Masking of single values, with codes that are stable within one Collection."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from catalog.identifying import Kind
from catalog.masking.hidden_words import words_of_identifiers, words_of_names, words_of_numbers
from catalog.masking.lexicon import Shown, clinical_words, only_known_words
from catalog.masking.paths import shape_of
from catalog.masking.ways import CODES, WAYS

# In turn, so that no code happens to hold a name, a word or a number of anybody's; a telephone line tells them apart.
_DIGITS = "0123456789"
_CONSONANTS = "BCDFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Masker:
    """Masks the values of one Collection: `key` makes its codes, `today` decides who is over 89.

    `hidden` holds the words that name the patient whose row or header is shown; see `hiding`. `reveals` shows every
    value as it is: for rows under an open lens, see catalog.sight.
    """

    key: bytes = field(repr=False)
    today: date
    hidden: frozenset[str] = field(default=frozenset(), repr=False)
    reveals: bool = False

    def revealing(self) -> "Masker":
        """Return a masker that hides nothing."""
        return replace(self, reveals=True)

    def hiding(
        self, *, names: Iterable[str] = (), identifiers: Iterable[str] = (), numbers: Iterable[str] = ()
    ) -> "Masker":
        """Return a masker that also hides the words of these names, patients' identifiers and order numbers."""
        words = words_of_names(names) | words_of_identifiers(identifiers) | words_of_numbers(numbers)
        return replace(self, hidden=self.hidden | words)

    def column(self, kind: Kind | None, value: object) -> str:
        """Return what may be shown of a column's value; of a list, what may be shown of its members."""
        if isinstance(value, (list, tuple)):
            return ", ".join(dict.fromkeys(self.column(kind, member) for member in value))
        if value is None or value == "":
            return ""
        return str(value) if kind is None else self.value(kind, str(value)).text

    def value(self, kind: Kind, text: str) -> Shown:
        """Return what may be shown of one value of a header or column."""
        shown = WAYS[kind](self, text) if text.strip() else Shown("", False)
        return Shown(text.strip(), False) if self.reveals and shown.masked else shown

    def shows(self, kind: Kind, text: str) -> bool:
        """Tell whether a value is shown whole: others must not be found by those who guess them either."""
        return not self.value(kind, text).masked

    def text(self, value: str, also_hide: frozenset[str] = frozenset()) -> str:
        """Show the clinical words of a free text and nothing else."""
        return only_known_words(value, clinical_words(), self.hidden | also_hide).text

    def locator(self, path: str) -> str:
        """Show the shape of a path: usual folder names and extensions plain, other components as codes."""
        return shape_of(path, self)

    def pseudonym(self, kind: Kind, value: str) -> str:
        """Return a code that is the same wherever the value is in this Collection, and cannot be turned back."""
        name, length = CODES[kind]
        return f"{name} {self._code(kind, value.strip(), length)}".lstrip()

    def bearers(self, kind: Kind, pseudonym: str, candidates: Iterable[str]) -> list[str]:
        """Return which of the candidate values a pseudonym stands for: how filters by code find their rows."""
        return [value for value in candidates if self.pseudonym(kind, value) == pseudonym]

    def _code(self, kind: Kind, value: str, length: int) -> str:
        # Keyed BLAKE2b is a MAC (RFC 7693 section 2.9); file names that are not UTF-8 hold lone surrogates.
        message = f"{kind.value}\0{value}".encode("utf-8", "surrogatepass")
        number = int.from_bytes(hashlib.blake2b(message, key=self.key, digest_size=8).digest(), "big")
        signs = []
        for place in range(length):
            alphabet = _CONSONANTS if place % 2 else _DIGITS
            number, sign = divmod(number, len(alphabet))
            signs.append(alphabet[sign])
        return "".join(signs)
