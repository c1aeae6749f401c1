"""Codes that a public terminology defines, and so say nothing that their writer chose (pydicom.sr's tables)."""

from functools import cache
from typing import cast

from pydicom._private_dict import private_dictionaries
from pydicom.datadict import private_dictionary_description
from pydicom.sr._concepts_dict import concepts
from pydicom.sr._snomed_dict import mapping

# Designators of PS3.16 section 8 beside those of pydicom's tables.
_MORE_SCHEMES = frozenset(
    {"SRT", "SNM3", "ISO639_1", "ISO639_2", "ISO3166_1", "CPT4", "ICD9", "I9C", "ATC", "RFC3066"}
)


def meaning_of(scheme: str, code: str) -> str | None:
    """Return the meaning that a terminology gives a code; None when its tables here do not hold it."""
    if scheme == "SRT":
        scheme, code = "SCT", mapping["SRT"].get(code, "")
    return _meanings().get(scheme, {}).get(code)


def is_known_scheme(designator: str) -> bool:
    """Tell whether a coding scheme designator is a public one."""
    return designator in _MORE_SCHEMES or designator in concepts


def is_known_creator(creator: str) -> bool:
    """Tell whether a private creator is one that makers document, rather than any text."""
    return creator in private_dictionaries


def private_name(tag: int, creator: str) -> str:
    """Return the documented name of a private element, empty when its creator or it is unknown."""
    if not is_known_creator(creator):
        return ""
    try:
        return private_dictionary_description(tag, creator)
    except KeyError:
        return ""


@cache
def _meanings() -> dict[str, dict[str, str]]:
    tables = cast("dict[str, dict[str, dict[str, tuple[str, list[int]]]]]", concepts)
    return {
        scheme: {code: meaning for codes in keywords.values() for code, (meaning, _) in codes.items()}
        for scheme, keywords in tables.items()
    }
