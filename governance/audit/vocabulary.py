"""The words that audit events have in DICOM and in FHIR: codes, their meanings, and the outcomes' numbers."""

import re
from enum import StrEnum

from governance.audit.events import SHAPES, Outcome

# Private coding schemes of DICOM begin with 99 (PS3.16 section 8.2).
PRIVATE_SCHEME = "99ISOCENTER"
# What a text becomes where neither XML (1.0 section 2.2) nor FHIR (R4, string) can hold the character.
REPLACEMENT = "\ufffd"
_UNHOLDABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Role(StrEnum):
    """Parts that a machine plays in an event (PS3.16 CID 402)."""

    APPLICATION = "110150"
    DESTINATION = "110152"
    SOURCE = "110153"


# Meanings of the codes of the scheme DCM: CID 400, CID 401 and CID 402 of PS3.16.
MEANINGS = {
    "110100": "Application Activity",
    "110101": "Audit Log Used",
    "110103": "DICOM Instances Accessed",
    "110106": "Export",
    "110107": "Import",
    "110112": "Query",
    "110113": "Security Alert",
    "110114": "User Authentication",
    "110120": "Application Start",
    "110121": "Application Stop",
    "110122": "Login",
    "110123": "Logout",
    "110127": "Emergency Override Started",
    "110131": "Software Configuration",
    "110136": "Security Roles Changed",
    "110137": "User Security Attributes Changed",
    "110138": "Emergency Override Stopped",
    Role.APPLICATION: "Application",
    Role.DESTINATION: "Destination Role ID",
    Role.SOURCE: "Source Role ID",
}

# EventOutcomeIndicator (PS3.15 section A.5.2) and AuditEvent.outcome (FHIR R4) are the same numbers.
OUTCOMES = {Outcome.SUCCESS: "0", Outcome.REFUSED: "4", Outcome.FAILED: "8", Outcome.BROKEN: "12"}


def meaning(code: str) -> str:
    """Return what a code of the scheme DCM means; of one that is not known here, the code itself."""
    return MEANINGS.get(code, code)


def outcome_number(outcome: str) -> str:
    """Return the number of an outcome; "8", serious failure, for one that is not known here."""
    return next((number for known, number in OUTCOMES.items() if known == outcome), "8")


def type_code(event: str) -> str:
    """Return the EventTypeCode of an event, by its name; "" where none fits, or the event is not known here."""
    return next((shape.type_code for known, shape in SHAPES.items() if known == event), "")


def is_query(code: str) -> bool:
    """Say whether an event is one of those in which somebody searches."""
    return meaning(code) == "Query"


def holdable(text: str) -> str:
    """Return a text with U+FFFD for each character that neither XML nor FHIR can hold."""
    return _UNHOLDABLE.sub(REPLACEMENT, text)


def split_object(name: str) -> tuple[str, str]:
    """Split `study:4711` into its kind and its number or code."""
    kind, _, number = name.partition(":")
    return kind, number
