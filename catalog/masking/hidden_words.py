"""The words that name one patient and those around them: never shown, not even where they are clinical words."""

import re
from collections.abc import Iterable

from catalog.masking.words import plain_word, plain_words

_WORD = re.compile(r"[^\W_]+")
_HONORIFICS = plain_words("honorifics.txt")
_SHORTEST = 2


def words_of_names(names: Iterable[str]) -> frozenset[str]:
    """Return the words of persons' names (PN, any component group), folded; initials alone say nothing."""
    return frozenset(word for name in names for word in _words(name) if word not in _HONORIFICS)


def words_of_identifiers(identifiers: Iterable[str]) -> frozenset[str]:
    """Return the words of a patient's identifiers, and their digits as a number would print them."""
    found = tuple(identifiers)
    return frozenset(word for text in found for word in _words(text)) | words_of_numbers(found)


def words_of_numbers(numbers: Iterable[str]) -> frozenset[str]:
    """Return the words with digits of an examination's numbers: an accession number CT-0815 must not hide CT."""
    words: set[str] = set()
    for number in numbers:
        words.update(word for word in _words(number) if not word.isalpha())
        if digits := "".join(letter for letter in number if letter.isdecimal()).lstrip("0"):
            words.add(digits)
    return frozenset(word for word in words if len(word) >= _SHORTEST)


def _words(text: str) -> Iterable[str]:
    return (plain_word(word) for word in _WORD.findall(text) if len(word) >= _SHORTEST)
