"""Audit events as DICOM's messages, held against the schema of PS3.15 section A.5.1.1, element by element."""

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given

from governance.actions.record import Deed, Thing
from governance.audit.dicom_messages import audit_message
from governance.audit.events import SHAPES, Event, Outcome
from governance.audit.told import NotAnEvent, read_payload
from governance.audit.vocabulary import MEANINGS, OUTCOMES, holdable
from governance.models import User
from tests.governance.audit.payloads import PATIENT, PAYLOADS, SOURCE, payload, read_of, texts_of

DATE_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"
BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
ANY = r"[\s\S]*"
NOTHING = r"\s*"


@dataclass(frozen=True)
class Rule:
    """An element of the schema: attributes (those ending in ? are optional), children in order, its text."""

    attributes: dict[str, str] = field(default_factory=dict)
    children: str = ""
    text: str = NOTHING


CODED = Rule({"csd-code": ANY, "codeSystemName": ANY, "displayName?": ANY, "originalText": ANY})
# Children are a regular expression over the names in their order, each followed by a space.
SCHEMA = {
    "AuditMessage": Rule(
        children="EventIdentification (ActiveParticipant )+AuditSourceIdentification (ParticipantObjectIdentification )*"
    ),
    "EventIdentification": Rule(
        {"EventActionCode?": "[CRUDE]", "EventDateTime": DATE_TIME, "EventOutcomeIndicator": "0|4|8|12"},
        "EventID (EventTypeCode )*(EventOutcomeDescription )?",
    ),
    "EventID": CODED,
    "EventTypeCode": CODED,
    "RoleIDCode": CODED,
    "ParticipantObjectIDTypeCode": CODED,
    "ActiveParticipant": Rule(
        {
            "UserID": ANY,
            "AlternativeUserID?": ANY,
            "UserName?": ANY,
            "UserIsRequestor": "true|false|0|1",
            "NetworkAccessPointID?": ANY,
            "NetworkAccessPointTypeCode?": "[1-5]",
        },
        "(RoleIDCode )*(MediaIdentifier )?",
    ),
    "AuditSourceIdentification": Rule(
        {"AuditEnterpriseSiteID?": ANY, "AuditSourceID": ANY}, "(AuditSourceTypeCode )*"
    ),
    "AuditSourceTypeCode": Rule({"csd-code": "[1-9]"}),
    "ParticipantObjectIdentification": Rule(
        {
            "ParticipantObjectID": ANY,
            "ParticipantObjectTypeCode?": "[1-4]",
            "ParticipantObjectTypeCodeRole?": "[1-9]|1[0-9]|2[0-6]",
            "ParticipantObjectDataLifeCycle?": "[1-9]|1[0-5]",
            "ParticipantObjectSensitivity?": ANY,
        },
        "ParticipantObjectIDTypeCode (ParticipantObjectName |ParticipantObjectQuery )"
        "(ParticipantObjectDetail )*(ParticipantObjectDescription )*",
    ),
    "ParticipantObjectName": Rule(text=ANY),
    "ParticipantObjectQuery": Rule(text=BASE64),
    "ParticipantObjectDetail": Rule({"type": ANY, "value": BASE64}),
}
FIXED = {
    *MEANINGS.keys(),
    *MEANINGS.values(),
    *OUTCOMES.values(),
    *(SOURCE, "99ISOCENTER", "DCM", "true", "false", "audit-event", "on-behalf-of", "patient"),
    *("patient-keyed-hash", "Keyed hash, no identifier", "stranger"),
    *map(str, range(1, 25)),
}


def faults(element: Element) -> Iterator[str]:
    """What the schema does not allow, below and in an element."""
    rule = SCHEMA.get(element.tag)
    if rule is None:
        yield f"{element.tag} is not of the schema"
        return
    allowed = {name.rstrip("?"): pattern for name, pattern in rule.attributes.items()}
    required = {name for name in rule.attributes if not name.endswith("?")}
    yield from (f"{element.tag} lacks {name}" for name in required - element.attrib.keys())
    for name, value in element.attrib.items():
        if name not in allowed or not re.fullmatch(allowed[name], value):
            yield f"{element.tag}/@{name}"
    if not re.fullmatch(rule.children, "".join(f"{child.tag} " for child in element)):
        yield f"the children of {element.tag}"
    if not re.fullmatch(rule.text, element.text or ""):
        yield f"the text of {element.tag}"
    for child in element:
        yield from faults(child)


def message(written: bytes) -> Element:
    return fromstring(audit_message(read_payload(written), SOURCE))  # noqa: S314 - ours


def test_the_checker_notices_what_the_schema_forbids():
    good = message(read_of((PATIENT,)))
    assert not list(faults(good))
    good.find("EventIdentification").set("EventOutcomeIndicator", "5")
    good.remove(next(good.iter("AuditSourceIdentification")))
    del good.find("ActiveParticipant").attrib["UserID"]
    assert len(list(faults(good))) == 3


@pytest.mark.parametrize(("event", "outcome"), [*product(Event, Outcome)], ids=str)
def test_every_event_with_every_outcome_is_a_message_of_the_schema(event: Event, outcome: Outcome):
    found = message(payload(Deed(event=event, outcome=outcome, things=(Thing("study", 1),))))
    assert not list(faults(found))
    identification = found.find("EventIdentification")
    assert identification.find("EventID").get("csd-code") == SHAPES[event].code
    assert identification.find("EventID").attrib["originalText"] in MEANINGS.values()
    assert (
        identification.get("EventOutcomeIndicator")
        == {
            "success": "0",
            "refused": "4",
            "failed": "8",
            "broken": "12",
        }[outcome]
    )


@given(PAYLOADS)
def test_whatever_an_event_holds_the_message_is_one_line_of_the_schema(written: bytes):
    line = audit_message(read_payload(written), SOURCE)
    assert b"\n" not in line
    assert not list(faults(fromstring(line)))  # noqa: S314 - ours


@given(PAYLOADS)
def test_a_message_invents_nothing_that_the_event_does_not_say(written: bytes):
    said = json.loads(written)
    texts = set(texts_of(said))
    known = {holdable(text) for text in texts} | FIXED | {"outcome"}
    known |= {holdable(part) for name in said["objects"] for part in name.split(":", 1)}
    known |= {f"detail.{holdable(name)}" for name in said["detail"]}
    known |= {" ".join(text.split()) for text in known}
    for element in message(written).iter():
        values = [value for name, value in element.attrib.items() if name != "value"]
        assert {*values, element.text or ""} - known - _decoded(element, said) <= {""}


def _decoded(element: Element, said: dict[str, Any]) -> set[str]:
    """The base64 of an element, where it is of what the event says."""
    encoded = element.get("value") or element.text or ""
    if element.tag == "ParticipantObjectDetail":
        name = element.attrib["type"].removeprefix("detail.")
        value = b64decode(encoded).decode()
        candidates = [said.get(name), *(v for n, v in said["detail"].items() if holdable(n) == name)]
        assert any(
            value in (each, json.dumps(each, ensure_ascii=False, separators=(",", ":")))
            for each in candidates
        )
    if element.tag == "ParticipantObjectQuery":
        assert json.loads(b64decode(encoded)) == said["detail"]
        return {encoded}
    return set()


def test_a_patient_is_named_by_a_hash_that_calls_itself_one():
    (patient,) = [
        each
        for each in message(read_of((PATIENT,))).iter("ParticipantObjectIdentification")
        if each.get("ParticipantObjectTypeCodeRole") == "1"
    ]
    code = patient.find("ParticipantObjectIDTypeCode")
    assert (patient.get("ParticipantObjectID"), patient.get("ParticipantObjectTypeCode")) == (PATIENT, "1")
    assert (code.get("csd-code"), code.get("codeSystemName")) == ("patient-keyed-hash", "99ISOCENTER")
    assert "no identifier" in code.attrib["originalText"]


def test_who_acts_for_whom_from_where_is_told():
    found = message(read_of((), on_behalf_of=User(pk=9), purpose="second opinion"))
    user, behalf, application = found.findall("ActiveParticipant")
    assert user.attrib == {
        "UserID": "7",
        "UserName": "ada",
        "UserIsRequestor": "true",
        "NetworkAccessPointID": "192.0.2.7",
        "NetworkAccessPointTypeCode": "2",
    }
    assert (behalf.get("UserID"), behalf.get("UserIsRequestor")) == ("9", "false")
    assert (application.get("UserID"), application.get("UserIsRequestor")) == (SOURCE, "false")
    details = {
        each.attrib["type"]: b64decode(each.attrib["value"]).decode()
        for each in found.iter("ParticipantObjectDetail")
    }
    assert details == {
        "outcome": "success",
        "channel": "web",
        "credential": "session:ab12",
        "correlation": "c0ffee",
        "purpose": "second opinion",
    }


def test_what_nobody_asked_for_the_installation_did_itself():
    (only,) = message(payload(Deed(event=Event.AUDIT_ANCHORED))).findall("ActiveParticipant")
    assert (only.get("UserID"), only.get("UserIsRequestor")) == (SOURCE, "true")


@pytest.mark.parametrize(
    "damage",
    [
        b"{}",
        b"[]",
        b"no JSON",
        read_of(()).replace(b'"actor":{', b'"actress":{'),
        read_of(()).replace(b'"id":7', b'"id":"7"'),
        read_of(()).replace(b'"objects":["', b'"objects":[1,"'),
    ],
)
def test_bytes_that_are_no_event_are_refused_without_quoting_them(damage: bytes):
    with pytest.raises(NotAnEvent) as refused:
        read_payload(damage)
    assert "ada" not in str(refused.value)
