"""What each DICOM attribute may tell: PS3.15 Table E.1-1 and 45 CFR 164.514(b)(2)(i), read once from data."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

import yaml
from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
from pydicom.datadict import mask_match

from catalog.identifying import Kind

_DATA = Path(__file__).parent / "data"


class Carrier(StrEnum):
    """Elements that are not masked value by value."""

    SEQUENCE = "sequence"
    BINARY = "binary"
    CREATOR = "private creator"
    CODE = "code"
    TAG = "attribute tag"


@dataclass(frozen=True, slots=True)
class Rule:
    """How one attribute with one VR is shown.

    `action` is the basic profile's action of PS3.15 Table E.1-1 (X, Z, D, U and their alternatives), empty when
    unlisted. `closes` tells that the items of a sequence are hidden whole: no option of the table keeps anything of them.
    """

    way: Kind | Carrier
    keyword: str
    name: str
    action: str = ""
    reason: str = ""
    closes: bool = False

    @property
    def is_identifying(self) -> bool:
        return bool(self.reason)


# 45 CFR 164.514(b)(2)(i): the letters of the identifiers.
_LETTERS = {
    "A": "Name",
    "B": "Place",
    "C": "Date or age",
    "D": "Telephone number",
    "E": "Fax number",
    "F": "E-mail address",
    "G": "Social security number",
    "H": "Record number",
    "I": "Health plan number",
    "J": "Account or order number",
    "K": "Certificate number",
    "L": "Vehicle",
    "M": "Device",
    "N": "Web address",
    "O": "Network address",
    "P": "Biometric",
    "Q": "Face",
    "R": "Unique number or code",
}
_TEXT_VRS = frozenset({"LO", "SH", "ST", "LT", "UT", "UC"})
_BINARY_VRS = frozenset({"OB", "OW", "OD", "OF", "OL", "OV", "UN"})
_BY_VR: dict[str, Kind | Carrier] = {
    **dict.fromkeys(_TEXT_VRS, Kind.FREE_TEXT),
    **dict.fromkeys(_BINARY_VRS, Carrier.BINARY),
    **dict.fromkeys(("IS", "DS", "FL", "FD", "SS", "US", "SL", "UL", "SV", "UV"), Kind.NUMBER),
    "PN": Kind.PERSON_NAME,
    "AE": Kind.IDENTIFIER,
    "UR": Kind.IDENTIFIER,
    "CS": Kind.TERM,
    "UI": Kind.UID,
    "DA": Kind.DATE,
    "DT": Kind.DATE,
    "TM": Kind.TIME,
    "AS": Kind.AGE,
    "AT": Carrier.TAG,
    "SQ": Carrier.SEQUENCE,
}
_ALWAYS_IDENTIFYING = {
    "PN": "Name (45 CFR 164.514(b)(2)(i)(A))",
    "DA": "Date (45 CFR 164.514(b)(2)(i)(C))",
    "DT": "Date (45 CFR 164.514(b)(2)(i)(C))",
    "AE": "Network address (45 CFR 164.514(b)(2)(i)(O))",
    "UR": "Web address (45 CFR 164.514(b)(2)(i)(N))",
}
# Attributes that say more, or less, than their VR and table row do.
_SPECIAL: dict[int, Kind | Carrier] = {
    0x00080060: Kind.MODALITY,
    0x00080061: Kind.MODALITY,
    0x00080070: Kind.PRODUCT,
    0x00081090: Kind.PRODUCT,
    0x00181020: Kind.PRODUCT,
    0x00100030: Kind.BIRTH_DATE,
    # Occupations are made of ordinary words, and rare ones name people.
    0x00102180: Kind.TRAIT,
    0x00080100: Carrier.CODE,
    0x00080102: Carrier.CODE,
    0x00080104: Carrier.CODE,
    0x00080119: Carrier.CODE,
}
_PRIVATE = "Private: may hold anything (PS3.15 E.1-1)"
_UNKNOWN = "Not an attribute of PS3.6: may hold anything"


# Bounded: files may hold any of four billion tags.
@lru_cache(maxsize=16384)
def rule_for(tag: int, vr: str) -> Rule:
    """Return how an attribute is shown when a file gives it this VR; unknown means identifying."""
    vr = shown_vr(vr)
    if is_private(tag):
        return _private_rule(tag, vr)
    entry = DicomDictionary.get(tag) or RepeatersDictionary.get(mask_match(tag) or "")
    row = _row_of(tag)
    attribute = _safe_harbor().get(tag)
    keyword = (entry[4] if entry else "") or (row or {}).get("keyword", "")
    name = (entry[2] if entry else "") or (row or {}).get("name", "")
    if row:
        way = _way_of_row(tag, vr, row)
        return Rule(way, keyword, name, row["basic"], _reason(way, row["basic"], attribute), _is_closed(row))
    if attribute:
        way = _way_of_attribute(vr, attribute)
        return Rule(way, keyword, name, reason=_reason(way, "", attribute), closes=True)
    if not entry:
        return Rule(_hidden(vr), "", "", reason=_UNKNOWN, closes=True)
    return Rule(_SPECIAL.get(tag, _BY_VR[vr]), keyword, name, reason=_ALWAYS_IDENTIFYING.get(vr, ""))


def shown_vr(vr: str) -> str:
    """Return a VR of PS3.5; what a file writes in its place may be any two letters."""
    return vr if vr in _BY_VR else "UN"


def is_private(tag: int) -> bool:
    """Tell whether a tag's group is odd (PS3.5 section 7.8)."""
    return bool((tag >> 16) & 1)


def names_patient(tag: int) -> bool:
    """Tell whether an attribute holds a patient's record number (45 CFR 164.514(b)(2)(i)(H))."""
    return _safe_harbor().get(tag, {}).get("sh") == "H"


def numbers_order(tag: int) -> bool:
    """Tell whether an attribute holds an order's, account's or insurance number (ibidem, (G), (I) to (K))."""
    return _safe_harbor().get(tag, {}).get("sh") in {"G", "I", "J", "K"}


def is_private_creator(tag: int) -> bool:
    """Tell whether a tag reserves a private block (PS3.5 section 7.8.1)."""
    return is_private(tag) and 0x10 <= (tag & 0xFFFF) <= 0xFF


def _private_rule(tag: int, vr: str) -> Rule:
    if is_private_creator(tag):
        return Rule(Carrier.CREATOR, "", "Private Creator", "X", _PRIVATE)
    return Rule(_hidden(vr), "", "", "X", _PRIVATE, closes=True)


def _hidden(vr: str) -> Kind | Carrier:
    way = _BY_VR[vr]
    return way if way in {Carrier.SEQUENCE, Carrier.BINARY} else Kind.IDENTIFIER


def _way_of_row(tag: int, vr: str, row: Mapping[str, str]) -> Kind | Carrier:
    """Table E.1-1 lists it: show what its options let stand, in the coarse form of 45 CFR 164.514(b)(2)."""
    natural = _SPECIAL.get(tag, _BY_VR[vr])
    if isinstance(natural, Carrier) and natural is not Carrier.TAG:
        return natural
    if natural in {Kind.PERSON_NAME, Kind.UID, Kind.DATE, Kind.BIRTH_DATE, Kind.TIME, Kind.AGE}:
        return natural
    if row["cleanDescOpt"] == "C" and natural in {Kind.FREE_TEXT, Kind.TERM}:
        return natural
    if vr not in _TEXT_VRS:
        return Kind.TRAIT
    if row["rtnInstIdOpt"] == "K":
        return Kind.INSTITUTION
    return Kind.DEVICE if row["rtnDevIdOpt"] == "K" else Kind.IDENTIFIER


def _way_of_attribute(vr: str, attribute: Mapping[str, str]) -> Kind | Carrier:
    natural = _BY_VR[vr]
    if isinstance(natural, Carrier) or natural in {Kind.PERSON_NAME, Kind.UID, Kind.DATE, Kind.TERM}:
        return natural
    if attribute["strict"] == "text":
        return natural
    return Kind.DEVICE if attribute["sh"] == "M" else Kind.IDENTIFIER


def _is_closed(row: Mapping[str, str]) -> bool:
    return not any(value in {"C", "K"} for option, value in row.items() if option.endswith("Opt"))


def _reason(way: Kind | Carrier, action: str, attribute: Mapping[str, str] | None) -> str:
    listed = f"Listed in PS3.15 Table E.1-1, action {action}"
    if way is Kind.FREE_TEXT:
        return f"{listed if action else 'Free text'}: only clinical words are shown"
    if not attribute:
        return listed
    letter = attribute["sh"]
    return f"{_LETTERS[letter]} (45 CFR 164.514(b)(2)(i)({letter}))"


def _row_of(tag: int) -> Mapping[str, str] | None:
    exact, repeating = _table()
    return exact.get(tag) or repeating.get((tag >> 24, tag & 0xFFFF)) or repeating.get((tag >> 24, None))


@cache
def _table() -> tuple[dict[int, dict[str, str]], dict[tuple[int, int | None], dict[str, str]]]:
    """Table E.1-1 by tag; of repeating groups (60XX3000, 50XXXXXX) by the group's first byte and the element."""
    with (_DATA / "ps3_15_table_e1_1.csv").open(encoding="utf-8", newline="") as lines:
        # The row of private attributes is _private_rule.
        rows = [row for row in csv.DictReader(lines) if not row["tag"].startswith("G")]
    exact = {int(row["tag"], 16): row for row in rows if "X" not in row["tag"]}
    return exact, {_repeating(row["tag"]): row for row in rows if "X" in row["tag"]}


def _repeating(pattern: str) -> tuple[int, int | None]:
    element = pattern[4:]
    return int(pattern[:2], 16), None if "X" in element else int(element, 16)


@cache
def _safe_harbor() -> dict[int, dict[str, str]]:
    text = (_DATA / "safe_harbor_attributes.yaml").read_text(encoding="utf-8")
    attributes: list[dict[str, str]] = yaml.safe_load(text)["attributes"]
    return {int(row["tag"].strip("()").replace(",", ""), 16): row for row in attributes}
