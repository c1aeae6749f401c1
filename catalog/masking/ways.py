"""For each kind of value, what 45 CFR 164.514(b)(2) lets everybody see of it."""

import math
import re
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from pydicom._uid_dict import UID_dictionary

from catalog.identifying import Kind
from catalog.masking.lexicon import MASK, Shown, clinical_words, defined_terms, only_known_words
from catalog.masking.words import plain_word, plain_words

if TYPE_CHECKING:
    from catalog.masking.masker import Masker

# 45 CFR 164.514(b)(2)(i)(C): ages over 89 are one category, and dates must not tell them either.
OLDEST_AGE = 89
_EARLIEST_YEAR = 1900
# Smaller numbers are measurements and ordinals; from seven digits on they are dates, telephone or record numbers.
_LARGEST_NUMBER = 10**6
# From five digits on, a number that is also the patient's identifier is taken for it, not for a coincidence.
_TELLING_DIGITS = 5

_DATE = re.compile(
    r"(\d{4})(?:[-.]?(\d{2})(?:[-.]?(\d{2})(?:[T ]?\d{2}(?::?\d{2}(?::?\d{2}(?:\.\d{1,6})?)?)?)?)?)?"
    r"(?:\s?[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_AGE = re.compile(r"(\d{1,3})([DWMY])", re.ASCII)
_WORD = re.compile(r"[^\W_]+")
# What no maker writes into a product's name: long numbers, dates, PN separators, addresses.
_NO_PRODUCT = re.compile(r"\d{6}|\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}|[\^@]|://")

# Names and lengths of codes (two signs are worth 200): long enough that two values of one Collection seldom share
# one (among a hundred sites: once in 1,600 Collections).
CODES: dict[Kind, tuple[str, int]] = {
    Kind.INSTITUTION: ("Site", 6),
    Kind.DEVICE: ("Device", 8),
    Kind.PATH: ("", 8),
    Kind.PERSON_NAME: ("Person", 10),
    Kind.IDENTIFIER: ("ID", 10),
    Kind.UID: ("UID", 12),
}

MODALITIES = frozenset(word.upper() for word in plain_words("modalities.txt"))

_HIDDEN = Shown(MASK, True)


def is_modality(text: str) -> bool:
    """Tell whether a text is a defined term of Modality; files hold anything there."""
    return text.strip().upper() in MODALITIES


def is_telling_number(masker: "Masker", number: float) -> bool:
    """Tell whether a number may be a date, a telephone or a record number rather than a measurement."""
    if not math.isfinite(number):
        return False
    whole = abs(int(number))
    if whole >= _LARGEST_NUMBER:
        return True
    digits = str(whole)
    return len(digits) >= _TELLING_DIGITS and digits in masker.hidden


def _hide(_masker: "Masker", _text: str) -> Shown:
    return _HIDDEN


def _free_text(masker: "Masker", text: str) -> Shown:
    return only_known_words(text, clinical_words(), masker.hidden)


def _term(masker: "Masker", text: str) -> Shown:
    return only_known_words(text, defined_terms(), masker.hidden)


def _modality(_masker: "Masker", text: str) -> Shown:
    return Shown(text, False) if is_modality(text) else _HIDDEN


def _product(masker: "Masker", text: str) -> Shown:
    words = {plain_word(word) for word in _WORD.findall(text)}
    return _HIDDEN if _NO_PRODUCT.search(text) or words & masker.hidden else Shown(text, False)


def _number(masker: "Masker", text: str) -> Shown:
    try:
        number = float(text)
    except ValueError:
        return _HIDDEN
    return _HIDDEN if is_telling_number(masker, number) else Shown(text, False)


def _uid(masker: "Masker", text: str) -> Shown:
    if known := UID_dictionary.get(text.strip("\0 ")):
        return Shown(known[0], False)
    return Shown(masker.pseudonym(Kind.UID, text), True)


def _year(masker: "Masker", text: str) -> Shown:
    year = _year_of(text)
    return Shown(str(year), True) if year and year <= masker.today.year + 1 else _HIDDEN


def _birth_year(masker: "Masker", text: str) -> Shown:
    year = _year_of(text)
    if not year or year > masker.today.year:
        return _HIDDEN
    oldest = masker.today.year - OLDEST_AGE
    return Shown(str(year) if year >= oldest else f"before {oldest}", True)


def _age(_masker: "Masker", text: str) -> Shown:
    found = _AGE.fullmatch(text.strip())
    if not found:
        return _HIDDEN
    if found[2] == "Y" and int(found[1]) > OLDEST_AGE:
        return Shown(f"{OLDEST_AGE + 1}+", True)
    return Shown(text.strip(), False)


def _path(masker: "Masker", text: str) -> Shown:
    return Shown(masker.locator(text), True)


def _institution(masker: "Masker", text: str) -> Shown:
    return Shown(masker.pseudonym(Kind.INSTITUTION, text), True)


def _device(masker: "Masker", text: str) -> Shown:
    return Shown(masker.pseudonym(Kind.DEVICE, text), True)


WAYS: dict[Kind, Callable[["Masker", str], Shown]] = {
    Kind.PERSON_NAME: _hide,
    Kind.IDENTIFIER: _hide,
    Kind.TRAIT: _hide,
    Kind.TIME: _hide,
    Kind.HEADER: _hide,
    Kind.FREE_TEXT: _free_text,
    Kind.TERM: _term,
    Kind.MODALITY: _modality,
    Kind.NUMBER: _number,
    Kind.PRODUCT: _product,
    Kind.UID: _uid,
    Kind.DATE: _year,
    Kind.BIRTH_DATE: _birth_year,
    Kind.AGE: _age,
    Kind.PATH: _path,
    Kind.INSTITUTION: _institution,
    Kind.DEVICE: _device,
}


def _year_of(text: str) -> int | None:
    found = _DATE.fullmatch(text.strip())
    if not found:
        return None
    year, month, day = (int(part or 1) for part in found.groups())
    try:
        date(year, month, day)
    except ValueError:
        return None
    return year if year >= _EARLIEST_YEAR else None
