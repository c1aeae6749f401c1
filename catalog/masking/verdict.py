"""Judging one element of a header: what of its value may be shown, and why not the rest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from pydicom._dicom_dict import DicomDictionary

from catalog.identifying import Kind
from catalog.masking.dicom_json import Dataset, Element, byte_length, first_text, values_of
from catalog.masking.lexicon import MASK, Shown, clinical_words, only_known_words
from catalog.masking.masker import Masker
from catalog.masking.registry import Carrier, Rule, is_private_creator
from catalog.masking.terminology import is_known_creator, is_known_scheme, meaning_of
from catalog.masking.ways import is_telling_number
from catalog.masking.words import plain_word

_CODE_VALUE, _SCHEME, _MEANING, _LONG_CODE = 0x00080100, 0x00080102, 0x00080104, 0x00080119
_REASONS: dict[Kind | Carrier, str] = {
    Kind.FREE_TEXT: "Free text: only clinical words are shown",
    Kind.TERM: "Not a defined term",
    Kind.MODALITY: "Not a defined term",
    Kind.UID: "UID: a code stands for it",
    Kind.NUMBER: "Long enough to be a date or an identifier",
    Kind.TIME: "Time of day",
    Kind.PRODUCT: "Holds what no product's name holds",
    Kind.AGE: "Age (45 CFR 164.514(b)(2)(i)(C))",
    Carrier.CODE: "Code of no public terminology",
    Carrier.TAG: "Not an attribute of PS3.6",
    Carrier.BINARY: "Binary: only its length is shown",
}


class Verdict(NamedTuple):
    """What may be shown of an element's values, in their order, and why that is less than the file holds."""

    values: tuple[str, ...]
    masked: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an element stands.

    `closed` is the reason why everything here is hidden, empty where it is not; `creators` are the private
    creators of this dataset by group and block; `meaning` is what a public terminology calls this item's code.
    """

    masker: Masker
    closed: str = ""
    creators: Mapping[int, str] | None = None
    meaning: str | None = None

    def of_dataset(self, dataset: Dataset) -> "Scope":
        """Return the scope of the elements of `dataset`, which lies in this one."""
        code = first_text(dataset, f"{_CODE_VALUE:08X}") or first_text(dataset, f"{_LONG_CODE:08X}")
        meaning = meaning_of(first_text(dataset, f"{_SCHEME:08X}"), code) if code else None
        return replace(self, creators=_creators(dataset), meaning=meaning)

    def below(self, rule: Rule) -> "Scope":
        """Return the scope of the items of a sequence."""
        return replace(self, closed=rule.reason) if rule.closes and not self.closed else self

    def creator_of(self, tag: int) -> str:
        """Return who reserved the block of a private element, empty when nobody did."""
        return (self.creators or {}).get(_block(tag >> 16, (tag >> 8) & 0xFF), "")


def judge(tag: int, element: Element, rule: Rule, scope: Scope) -> Verdict:
    """Return what may be shown of an element that is not a sequence."""
    if (length := byte_length(element)) is not None:
        return Verdict((f"{length} bytes",), True, rule.reason or scope.closed or _REASONS[Carrier.BINARY])
    values = values_of(element)
    if all(value == "" for value in values):
        return Verdict((), False)
    if scope.masker.reveals:
        return Verdict(tuple(str(value) for value in values), False)
    if scope.closed:
        return Verdict((MASK,), True, scope.closed)
    shown = [_show(tag, value, rule, scope) for value in values]
    texts = tuple(one.text for one in shown)
    if not any(one.masked for one in shown):
        return Verdict(texts, False)
    # How many names there are need not be told either.
    hidden_whole = all(text == MASK for text in texts)
    return Verdict((MASK,) if hidden_whole else texts, True, rule.reason or _REASONS.get(rule.way, ""))


def _show(tag: int, value: str | int | float, rule: Rule, scope: Scope) -> Shown:
    if isinstance(rule.way, Carrier):
        return _CARRIERS[rule.way](tag, str(value), scope)
    if rule.way is Kind.NUMBER and isinstance(value, (int, float)):
        return Shown(MASK, True) if is_telling_number(scope.masker, value) else Shown(str(value), False)
    return scope.masker.value(rule.way, str(value))


def _creator(_tag: int, text: str, _scope: Scope) -> Shown:
    """A creator may be any text, and has held names: only those that makers document are shown."""
    return Shown(text, False) if is_known_creator(text) else Shown(MASK, True)


def _coded(tag: int, text: str, scope: Scope) -> Shown:
    words = only_known_words(text, clinical_words(), scope.masker.hidden)
    if tag == _SCHEME:
        return Shown(text, False) if is_known_scheme(text) else words
    if tag != _MEANING:
        return Shown(text, False) if scope.meaning else Shown(MASK, True)
    is_public = scope.meaning is not None and plain_word(text) == plain_word(scope.meaning)
    return Shown(text, False) if is_public and not _names_somebody(text, scope.masker) else words


def _names_somebody(text: str, masker: Masker) -> bool:
    return not masker.hidden.isdisjoint(plain_word(text).replace("-", " ").split())


def _attribute_tag(_tag: int, text: str, _scope: Scope) -> Shown:
    try:
        number = int(text, 16)
    except ValueError:
        return Shown(MASK, True)
    return Shown(text, False) if number in DicomDictionary else Shown(MASK, True)


def _opaque(_tag: int, _text: str, _scope: Scope) -> Shown:
    return Shown(MASK, True)


_CARRIERS: dict[Carrier, Callable[[int, str, Scope], Shown]] = {
    Carrier.CREATOR: _creator,
    Carrier.CODE: _coded,
    Carrier.TAG: _attribute_tag,
    Carrier.BINARY: _opaque,
    Carrier.SEQUENCE: _opaque,
}


def _creators(dataset: Dataset) -> dict[int, str]:
    odd = ((int(key, 16), key) for key in dataset if key[3] in "13579BDFbdf")
    return {
        _block(tag >> 16, tag & 0xFF): first_text(dataset, key) for tag, key in odd if is_private_creator(tag)
    }


def _block(group: int, block: int) -> int:
    return group << 8 | block
