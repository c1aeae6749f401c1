"""Audit events as AuditEvent resources of FHIR R4, in the patterns of IHE's Basic Audit Log Patterns (BALP)."""

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from governance.audit.told import Told
from governance.audit.vocabulary import (
    Role,
    holdable,
    is_query,
    meaning,
    outcome_number,
    split_object,
    type_code,
)

Resource = dict[str, Any]

_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_TERMS = "http://terminology.hl7.org/CodeSystem"
_BALP = "https://profiles.ihe.net/ITI/BALP"
_OWN = "urn:isocenter"
# audit-entity-type and object-role (FHIR R4, value sets of AuditEvent.entity).
_PERSON, _SYSTEM_OBJECT, _OTHER = ("1", "Person"), ("2", "System Object"), ("4", "Other")
_PATIENT, _REPORT, _DOMAIN_RESOURCE, _QUERY = (
    ("1", "Patient"),
    ("3", "Report"),
    ("4", "Domain Resource"),
    ("24", "Query"),
)
_REPORTS = {"study", "series", "instance"}


def audit_event(told: Told, source: str) -> Resource:
    """Return the event as an AuditEvent; `source` is the name of the installation, which observed it.

    A profile is claimed only where BALP's demands are all met: a single object read over the web or the API by
    somebody whose address is known, of one patient (PatientRead) or of none (Read). Searches claim none: their terms
    are kept as hashes, so there is no request as it was made. Characters that FHIR cannot hold become U+FFFD.
    """
    read = _is_read(told, source)
    resource: Resource = {"resourceType": "AuditEvent", "id": told.id}
    if read:
        profile = "PatientRead" if told.patients else "Read"
        resource["meta"] = {"profile": [f"{_BALP}/StructureDefinition/IHE.BasicAudit.{profile}"]}
        resource["type"] = _coding(f"{_TERMS}/audit-event-type", "rest", "RESTful Operation")
    else:
        resource["type"] = _dcm(told.code)
    resource |= {"subtype": list(_subtypes(told, read=read)), "action": holdable(told.action)}
    resource |= {"recorded": holdable(told.recorded), "outcome": outcome_number(told.outcome)}
    if told.purpose:
        resource["purposeOfEvent"] = [{"text": _string(told.purpose)}]
    resource["agent"] = list(_agents(told, source))
    resource["source"] = _source(source)
    resource["entity"] = list(_entities(told))
    return resource


def _is_read(told: Told, source: str) -> bool:
    """Whether BALP's Read or PatientRead fits: both machines known by their place in the network, one object."""
    return (
        told.code == "110103"
        and told.action == "R"
        and told.outcome == "success"
        and told.channel in {"web", "api"}
        and bool(told.address)
        # A server is known in the network by its host name; `isocenter` alone is none.
        and "." in source
        and len(told.objects) == 1
        and len(told.patients) <= 1
    )


def _subtypes(told: Told, *, read: bool) -> Iterator[Resource]:
    if read:
        yield _coding("http://hl7.org/fhir/restful-interaction", "read", "read")
        yield _dcm(told.code)
    if code := type_code(told.event):
        yield _dcm(code)
    yield {"system": f"{_OWN}:event", "code": _code(told.event)}


def _agents(told: Told, source: str) -> Iterator[Resource]:
    """Who did it, for whom, and the two machines. Exactly one is the requestor: the installation, for itself."""
    by_itself = told.actor_kind == "system"
    if not by_itself:
        yield _user(told)
    if told.on_behalf_of:
        yield {
            "type": {"coding": [_coding(f"{_TERMS}/v3-RoleCode", "DELEGATOR", "delegator")]},
            "who": _person(told.on_behalf_of),
            "requestor": False,
        }
    # What is read flows from the server to the client; all other requests flow to the server (BALP, Read and Query).
    client, server = (
        (Role.DESTINATION, Role.SOURCE) if told.action == "R" else (Role.SOURCE, Role.DESTINATION)
    )
    if told.address:
        address = _string(told.address)
        yield {
            "type": {"coding": [_dcm(client)]},
            "who": {"identifier": {"value": address}},
            "requestor": False,
            "network": {"address": address, "type": "2"},
        }
    machine = {"network": {"address": holdable(source), "type": "1"}} if "." in source else {}
    yield {
        "type": {"coding": [_dcm(server)]},
        "who": {"identifier": {"value": holdable(source)}},
        "requestor": by_itself,
    } | machine


def _user(told: Told) -> Resource:
    receives = told.action == "R"
    kind = (
        _coding(f"{_TERMS}/v3-ParticipationType", "IRCP", "information recipient")
        if receives
        else _coding(f"{_TERMS}/extra-security-role-type", "humanuser", "human user")
    )
    agent: Resource = {
        "type": {"coding": [kind]},
        "who": _person(told.actor) if told.actor else {"display": _string(told.actor_kind)},
        "requestor": True,
    }
    if told.actor_name:
        agent["name"] = _string(told.actor_name)
    if told.credential:
        # What was shown to get in: BALP puts the id of a token here.
        agent["policy"] = [f"{_OWN}:credential:{quote(told.credential, safe=':')}"]
    return agent


def _person(number: str) -> Resource:
    return {"identifier": {"system": f"{_OWN}:user", "value": number}}


def _source(source: str) -> Resource:
    kind = _coding(f"{_TERMS}/security-source-type", "4", "Application Server")
    return {"observer": {"identifier": {"value": holdable(source)}}, "type": [kind]}


def _entities(told: Told) -> Iterator[Resource]:
    if told.correlation:
        request = {"system": f"{_BALP}/CodeSystem/BasicAuditEntityType", "code": "XrequestId"}
        yield {"what": {"identifier": {"value": _string(told.correlation)}}, "type": request}
    for patient in told.patients:
        hashed = {"type": {"text": "Keyed hash, no identifier"}, "system": f"{_OWN}:patient-keyed-hash"}
        what = {"type": "Patient", "identifier": hashed | {"value": _string(patient)}}
        yield {"what": what, "type": _entity_type(_PERSON), "role": _role(_PATIENT)}
    for name in told.objects:
        kind, number = split_object(name)
        what = {"identifier": {"system": f"{_OWN}:{quote(kind, safe='')}", "value": _string(number)}}
        role = _REPORT if kind in _REPORTS else _DOMAIN_RESOURCE
        yield {"what": what, "type": _entity_type(_SYSTEM_OBJECT), "role": _role(role)}
    if is_query(told.code):
        yield {
            "type": _entity_type(_SYSTEM_OBJECT),
            "role": _role(_QUERY),
            "query": b64encode(_json(told.detail).encode()).decode(),
        }
    yield _record(told)


def _record(told: Told) -> Resource:
    """The event in the trail, with what has no place of its own."""
    record: Resource = {
        "what": {"identifier": {"system": f"{_OWN}:audit-event", "value": _string(told.id)}},
        "type": _entity_type(_OTHER),
    }
    placeless = [(name, value) for name in ("channel", "collection") if (value := getattr(told, name))]
    if details := [*placeless, *((f"detail.{name}", value) for name, value in told.detail.items())]:
        record["detail"] = [_detail(name, value) for name, value in details]
    return record


def _detail(name: str, value: Any) -> Resource:
    """A named value: a text where FHIR can hold it as it is, else base64; other values than texts are JSON."""
    text = value if isinstance(value, str) else _json(value)
    if text.strip() and text == holdable(text):
        return {"type": _string(name), "valueString": text}
    return {"type": _string(name), "valueBase64Binary": b64encode(text.encode()).decode()}


def _dcm(code: str) -> Resource:
    return _coding(_DCM, _code(code), holdable(meaning(code)))


def _entity_type(kind: tuple[str, str]) -> Resource:
    return _coding(f"{_TERMS}/audit-entity-type", *kind)


def _role(role: tuple[str, str]) -> Resource:
    return _coding(f"{_TERMS}/object-role", *role)


def _coding(system: str, code: str, display: str) -> Resource:
    return {"system": system, "code": code, "display": display}


def _code(text: str) -> str:
    """A code: no white space at its ends, nor two of it in a row (FHIR R4, code)."""
    return " ".join(holdable(text).split())


def _string(text: str) -> str:
    """A string of FHIR: never empty."""
    return holdable(text) if text.strip() else "\ufffd"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
