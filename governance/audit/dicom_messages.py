"""Audit events as messages of DICOM PS3.15 section A.5: XML of the schema in section A.5.1, one message an event."""

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from governance.audit.told import Told
from governance.audit.vocabulary import (
    PRIVATE_SCHEME,
    Role,
    holdable,
    is_query,
    meaning,
    outcome_number,
    split_object,
    type_code,
)

# ParticipantObjectTypeCode and ParticipantObjectTypeCodeRole (section A.5.1, section A.5.1.2.2).
_PERSON, _SYSTEM_OBJECT = "1", "2"
_PATIENT, _REPORT, _SECURITY_USER, _SECURITY_GROUP, _SECURITY_RESOURCE, _QUERY = (
    "1",
    "3",
    "11",
    "12",
    "13",
    "24",
)
_ROLES = {
    "study": _REPORT,
    "series": _REPORT,
    "instance": _REPORT,
    "user": _SECURITY_USER,
    "group": _SECURITY_GROUP,
}
_APPLICATION_SERVER = "4"
_IP_ADDRESS = "2"


def audit_message(told: Told, source: str) -> bytes:
    """Return the event as one AuditMessage, UTF-8, on one line, without an XML declaration.

    `source` is the name of the installation, which reports it (AuditSourceID). What the event says and the standard
    has no place for stands in ParticipantObjectDetail of the object that is the event itself. Characters that XML
    cannot hold become U+FFFD, except in such details, which are base64.
    """
    message = Element("AuditMessage")
    _add_event(message, told)
    _add_participants(message, told, source)
    identification = SubElement(message, "AuditSourceIdentification", AuditSourceID=_text(source))
    SubElement(identification, "AuditSourceTypeCode", {"csd-code": _APPLICATION_SERVER})
    for patient in told.patients:
        _add_patient(message, patient)
    for name in told.objects:
        _add_object(message, name)
    _add_record(message, told)
    return tostring(message, encoding="unicode").encode()


def _add_event(message: Element, told: Told) -> None:
    """EventIdentification (section A.5.1.1): what kind of event, when, and how it ended."""
    event = SubElement(
        message,
        "EventIdentification",
        EventActionCode=_text(told.action),
        EventDateTime=_text(told.recorded),
        EventOutcomeIndicator=outcome_number(told.outcome),
    )
    _add_code(event, "EventID", told.code)
    if code := type_code(told.event):
        _add_code(event, "EventTypeCode", code)
    _add_code(event, "EventTypeCode", told.event, PRIVATE_SCHEME)


def _add_participants(message: Element, told: Told, source: str) -> None:
    """ActiveParticipant: who did it, for whom, and the application; the first two may be nobody."""
    by_itself = told.actor_kind == "system"
    network = (
        {"NetworkAccessPointID": _text(told.address), "NetworkAccessPointTypeCode": _IP_ADDRESS}
        if told.address
        else {}
    )
    if not by_itself:
        name = {"UserName": _text(told.actor_name)} if told.actor_name else {}
        user = {"UserID": _text(told.actor or told.actor_kind)} | name | {"UserIsRequestor": "true"}
        SubElement(message, "ActiveParticipant", user | network)
    if told.on_behalf_of:
        behalf = {"UserID": told.on_behalf_of, "UserIsRequestor": "false"}
        participant = SubElement(message, "ActiveParticipant", behalf)
        _add_code(participant, "RoleIDCode", "on-behalf-of", PRIVATE_SCHEME)
    itself = {"UserID": _text(source), "UserIsRequestor": "true" if by_itself else "false"}
    application = SubElement(message, "ActiveParticipant", itself | (network if by_itself else {}))
    _add_code(application, "RoleIDCode", Role.APPLICATION)


def _add_patient(message: Element, patient: str) -> None:
    """A patient, by the keyed hash that stands for them: not by RFC 3881's code 2, which is a patient's number."""
    found = _add_participant_object(message, patient, _PERSON, _PATIENT)
    _add_code(
        found,
        "ParticipantObjectIDTypeCode",
        "patient-keyed-hash",
        PRIVATE_SCHEME,
        "Keyed hash, no identifier",
    )
    SubElement(found, "ParticipantObjectName").text = "patient"


def _add_object(message: Element, name: str) -> None:
    kind, number = split_object(name)
    found = _add_participant_object(message, number, _SYSTEM_OBJECT, _ROLES.get(kind, ""))
    _add_code(found, "ParticipantObjectIDTypeCode", kind, PRIVATE_SCHEME)
    SubElement(found, "ParticipantObjectName").text = _token(kind)


def _add_record(message: Element, told: Told) -> None:
    """The event in the trail as an object of its own; of a search, with what was searched (section A.5.3.10)."""
    searches = is_query(told.code)
    found = _add_participant_object(
        message, told.id, _SYSTEM_OBJECT, _QUERY if searches else _SECURITY_RESOURCE
    )
    _add_code(found, "ParticipantObjectIDTypeCode", "audit-event", PRIVATE_SCHEME)
    if searches:
        SubElement(found, "ParticipantObjectQuery").text = _base64(_json(told.detail))
    else:
        SubElement(found, "ParticipantObjectName").text = _token(told.event)
    for name, value in _details(told):
        SubElement(found, "ParticipantObjectDetail", type=_text(name), value=_base64(value))


def _details(told: Told) -> Iterator[tuple[str, str]]:
    """What has no place of its own, by name; empty texts are left out, other values than texts are JSON."""
    for name in ("outcome", "channel", "credential", "correlation", "purpose", "collection"):
        if value := getattr(told, name):
            yield name, value
    for name, value in told.detail.items():
        yield f"detail.{name}", value if isinstance(value, str) else _json(value)


def _add_participant_object(message: Element, number: str, kind: str, role: str) -> Element:
    attributes = {"ParticipantObjectID": _text(number), "ParticipantObjectTypeCode": kind}
    if role:
        attributes["ParticipantObjectTypeCodeRole"] = role
    return SubElement(message, "ParticipantObjectIdentification", attributes)


def _add_code(parent: Element, name: str, code: str, scheme: str = "DCM", said: str = "") -> None:
    """A coded value: csd-code, codeSystemName and originalText, all mandatory (section A.5.1.1, CodedValueType)."""
    text = said or (meaning(code) if scheme == "DCM" else code)
    SubElement(parent, name, {"csd-code": _text(code), "codeSystemName": scheme, "originalText": _text(text)})


def _text(text: str) -> str:
    return holdable(text)


def _token(text: str) -> str:
    """A text between tags on one line: xsd:token means nothing by its white space."""
    return " ".join(holdable(text).split())


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
