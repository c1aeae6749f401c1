"""Audit events as AuditEvent resources: FHIR R4's own demands, and BALP's where a profile is claimed."""

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import given

from governance.actions.record import Deed, Thing
from governance.audit.events import SHAPES, Event, Outcome
from governance.audit.fhir_events import audit_event
from governance.audit.origin import Channel, Origin
from governance.audit.told import read_payload
from governance.audit.vocabulary import holdable
from governance.models import User
from tests.governance.audit.payloads import PATIENT, PAYLOADS, SOURCE, payload, read_of, texts_of

BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
STRING = r"[\t\r\n\x20-\ud7ff\ue000-\U0010ffff]*\S[\t\r\n\x20-\ud7ff\ue000-\U0010ffff]*"
CODE = r"\S+(?: \S+)*"
URI = r"\S+"
BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
# Each member with its least and greatest number (0 for any), and what it is: a type below, or a regular expression.
TYPES: dict[str, dict[str, tuple[int, int, str]]] = {
    "AuditEvent": {
        "resourceType": (1, 1, "AuditEvent"),
        "id": (0, 1, r"[A-Za-z0-9\-.]{1,64}"),
        "meta": (0, 1, "@Meta"),
        "type": (1, 1, "@Coding"),
        "subtype": (0, 0, "@Coding"),
        "action": (0, 1, "[CRUDE]"),
        "recorded": (1, 1, r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"),
        "outcome": (0, 1, "0|4|8|12"),
        "purposeOfEvent": (0, 0, "@CodeableConcept"),
        "agent": (1, 0, "@Agent"),
        "source": (1, 1, "@Source"),
        "entity": (0, 0, "@Entity"),
    },
    "Meta": {"profile": (0, 0, URI)},
    "Coding": {"system": (0, 1, URI), "code": (0, 1, CODE), "display": (0, 1, STRING)},
    "CodeableConcept": {"coding": (0, 0, "@Coding"), "text": (0, 1, STRING)},
    "Identifier": {"type": (0, 1, "@CodeableConcept"), "system": (0, 1, URI), "value": (0, 1, STRING)},
    "Reference": {"type": (0, 1, URI), "identifier": (0, 1, "@Identifier"), "display": (0, 1, STRING)},
    "Agent": {
        "type": (0, 1, "@CodeableConcept"),
        "who": (0, 1, "@Reference"),
        "name": (0, 1, STRING),
        "requestor": (1, 1, "bool"),
        "policy": (0, 0, URI),
        "network": (0, 1, "@Network"),
    },
    "Network": {"address": (0, 1, STRING), "type": (0, 1, "[1-5]")},
    "Source": {"observer": (1, 1, "@Reference"), "type": (0, 0, "@Coding")},
    "Entity": {
        "what": (0, 1, "@Reference"),
        "type": (0, 1, "@Coding"),
        "role": (0, 1, "@Coding"),
        "query": (0, 1, BASE64),
        "detail": (0, 0, "@Detail"),
    },
    "Detail": {
        "type": (1, 1, STRING),
        "valueString": (0, 1, STRING),
        "valueBase64Binary": (0, 1, BASE64),
    },
}


def faults(kind: str, value: Any, place: str) -> Iterator[str]:
    """What FHIR R4 does not allow in a value of a type, and below it."""
    if not kind.startswith("@"):
        good = (
            isinstance(value, bool)
            if kind == "bool"
            else isinstance(value, str) and re.fullmatch(kind, value)
        )
        if not good:
            yield place
        return
    members = TYPES[kind[1:]]
    if not value:
        yield f"{place} is empty"
    yield from (f"{place}.{name} is unknown" for name in value.keys() - members.keys())
    for name, (least, most, inner) in members.items():
        # A member that may be there more than once is always a list (R4, JSON).
        if isinstance(value.get(name), list) != (most == 0 and name in value):
            yield f"{place}.{name} is {'no' if most == 0 else 'a'} list"
            continue
        found = value.get(name, []) if most == 0 else [value[name]] if name in value else []
        if len(found) < least or (name in value and not found):
            yield f"{place}.{name} is missing"
        for each in found:
            yield from faults(inner, each, f"{place}.{name}")


def event(written: bytes, source: str = SOURCE) -> dict[str, Any]:
    return json.loads(json.dumps(audit_event(read_payload(written), source)))


def entities(resource: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [each for each in resource["entity"] if each["type"]["code"] == kind]


def test_the_checker_notices_what_the_resource_forbids():
    found = event(read_of((PATIENT,)))
    assert not list(faults("@AuditEvent", found, "$"))
    found |= {"recorded": "yesterday", "invented": 1, "subtype": {}}
    del found["agent"][0]["requestor"], found["source"]["observer"]
    assert len(list(faults("@AuditEvent", found, "$"))) == 5


@pytest.mark.parametrize(("kind", "outcome"), [*product(Event, Outcome)], ids=str)
def test_every_event_with_every_outcome_is_a_resource(kind: Event, outcome: Outcome):
    found = event(payload(Deed(event=kind, outcome=outcome, things=(Thing("source", 3),))))
    assert not list(faults("@AuditEvent", found, "$"))
    assert found["type"]["code"] == SHAPES[kind].code
    assert found["action"] == SHAPES[kind].action
    assert {"system": "urn:isocenter:event", "code": str(kind)} in found["subtype"]
    assert found["outcome"] == {"success": "0", "refused": "4", "failed": "8", "broken": "12"}[outcome]


@given(PAYLOADS)
def test_whatever_an_event_holds_the_resource_is_one_of_r4(written: bytes):
    found = event(written)
    assert not list(faults("@AuditEvent", found, "$"))
    assert [agent["requestor"] for agent in found["agent"]].count(True) == 1
    assert all(("query" in each) + ("name" in each) < 2 for each in found["entity"])
    assert all(
        ("valueString" in d) + ("valueBase64Binary" in d) == 1
        for e in found["entity"]
        for d in e.get("detail", [])
    )
    assert "meta" not in found or not balp_faults(found)


@given(PAYLOADS)
def test_values_come_from_the_event_or_say_that_they_cannot_be_held(written: bytes):
    said = json.loads(written)
    known = {*texts_of(said), *map(holdable, texts_of(said)), "\ufffd", SOURCE}
    known |= {holdable(part) for name in said["objects"] for part in name.split(":", 1)}
    for value in _values(event(written)):
        assert value in known or any(
            _is_json_of(value, each) for each in (said["detail"], *said["detail"].values())
        ), value


def _values(resource: dict[str, Any]) -> Iterator[str]:
    """Everything that is not of the vocabularies."""
    yield from (resource["id"], resource["recorded"], resource["action"])
    yield from (each["text"] for each in resource.get("purposeOfEvent", []))
    for agent in resource["agent"]:
        yield from (agent[name] for name in ("name",) if name in agent)
        yield agent["who"].get("display") or agent["who"]["identifier"]["value"]
        yield from (agent["network"]["address"],) if "network" in agent else ()
    for entity in resource["entity"]:
        yield from (entity["what"]["identifier"]["value"],) if "what" in entity else ()
        yield from (b64decode(entity["query"]).decode(),) if "query" in entity else ()
        for detail in entity.get("detail", []):
            yield detail["type"].removeprefix("detail.")
            yield detail.get("valueString") or b64decode(detail["valueBase64Binary"]).decode()


def _is_json_of(text: str, value: Any) -> bool:
    try:
        return json.loads(text) == value
    except ValueError:
        return False


def balp_faults(found: dict[str, Any]) -> list[str]:
    """What Read and PatientRead of BALP demand and the resource lacks."""
    agents = {each["type"]["coding"][0]["code"]: each for each in found["agent"]}
    patients = entities(found, "1")
    demands = {
        "type": found["type"]["code"] == "rest",
        "subtype": {"system": "http://hl7.org/fhir/restful-interaction", "code": "read", "display": "read"}
        in found["subtype"],
        "action": found["action"] == "R",
        "outcome": found["outcome"] == "0",
        "client": {"who", "network"} <= agents.get("110152", {}).keys(),
        "server": {"who", "network"} <= agents.get("110153", {}).keys(),
        "user": all(
            a["requestor"] and "network" not in a and "who" in a for k, a in agents.items() if k == "IRCP"
        ),
        "data": [each["role"]["code"] in {"3", "4", "20"} for each in entities(found, "2")] == [True],
        "patient": [each["what"]["type"] for each in patients]
        == (["Patient"] if found["meta"]["profile"] == [BALP + "PatientRead"] else []),
        "transaction": len(entities(found, "XrequestId")) <= 1,
    }
    return [name for name, met in demands.items() if not met]


@pytest.mark.parametrize(("patients", "profile"), [((PATIENT,), "PatientRead"), ((), "Read")])
def test_a_read_that_fits_claims_its_profile_and_meets_it(patients: tuple[str, ...], profile: str):
    found = event(read_of(patients))
    assert found["meta"]["profile"] == [BALP + profile]
    assert balp_faults(found) == []


@pytest.mark.parametrize(
    "told",
    [
        {"patients": (PATIENT, "b" * 64)},
        {"patients": (PATIENT,), "outcome": Outcome.REFUSED},
        {"patients": (PATIENT,), "things": (Thing("study", 1), Thing("study", 2))},
        {"patients": (PATIENT,), "things": ()},
    ],
)
def test_what_does_not_fit_a_profile_claims_none(told: dict[str, Any]):
    assert "meta" not in event(read_of(**told))


def test_a_read_claims_no_profile_where_the_server_has_no_host_name():
    assert "meta" not in event(read_of((PATIENT,)), "isocenter")


def test_a_patient_is_a_hash_that_calls_itself_one():
    (patient,) = entities(event(read_of((PATIENT,))), "1")
    identifier = patient["what"]["identifier"]
    assert (identifier["value"], identifier["system"]) == (PATIENT, "urn:isocenter:patient-keyed-hash")
    assert "no identifier" in identifier["type"]["text"]
    assert patient["role"]["code"] == "1"


def test_who_acts_for_whom_why_and_with_what_is_told():
    found = event(read_of((), on_behalf_of=User(pk=9), purpose="second opinion"))
    assert found["purposeOfEvent"] == [{"text": "second opinion"}]
    user, behalf, client, server = found["agent"]
    assert user["who"]["identifier"]["value"] == "7"
    assert user["policy"] == ["urn:isocenter:credential:session:ab12"]
    assert behalf["type"]["coding"][0]["code"] == "DELEGATOR"
    assert client["network"] == {"address": "192.0.2.7", "type": "2"}
    assert server["who"]["identifier"]["value"] == SOURCE


def test_a_search_carries_what_was_searched_as_a_query():
    deed = Deed(event=Event.CATALOG_SEARCHED, actor=User(pk=1, username="x"), detail={"modality": "CT"})
    (query,) = entities(event(payload(deed, Origin(Channel.API, address="::1"))), "2")
    assert query["role"]["code"] == "24"
    assert json.loads(b64decode(query["query"])) == {"modality": "CT"}
