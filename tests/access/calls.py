"""How each address is called, by its URL name. A new page or API action is entered here."""

from collections.abc import Callable, Mapping
from typing import Any

from governance.permissions import Permission
from tests.access.holdings import Holding
from tests.access.matrix import Answer, Call, Given, Person, Where


def _study(held: Holding) -> Mapping[str, Any]:
    return {"code": held.study.code}


def _series(held: Holding) -> Mapping[str, Any]:
    return {"code": held.series.code}


def _instance(held: Holding) -> Mapping[str, Any]:
    return {"code": held.instance.code}


def _patient(held: Holding) -> Mapping[str, Any]:
    return {"code": held.study.patient.code}


def _source(held: Holding) -> Mapping[str, Any]:
    return {"source_id": held.source.pk}


def _of(row: Callable[[Holding], Any]) -> Given:
    return lambda held: {"pk": row(held).pk}


_SOURCES, _QUARANTINE = Permission.SOURCE_READ, Permission.QUARANTINE_READ


def _overseen(**parameters: str) -> Given:
    """Parameters from what governance knows, each by the name of the thing, its number or its user name."""

    def given(held: Holding) -> Mapping[str, Any]:
        things = {name: getattr(held.oversight, thing) for name, thing in parameters.items()}
        return {name: getattr(thing, "username", thing.pk) for name, thing in things.items()}

    return given


def _glass(person: Person, _where: Where) -> Answer:
    """For superusers, and for those who oversee everything; to others it is not there."""
    may = person.is_superuser or person.holds(Permission.ACCESS_READ, Where.EVERYWHERE)
    return Answer.YES if may else Answer.HIDDEN


def _withdrawing(person: Person, where: Where) -> Answer:
    """Nobody of PEOPLE made the request: those who oversee see it, and may not take it back."""
    return Answer.REFUSED if person.holds(Permission.ACCESS_READ, where) else Answer.HIDDEN


def _regrouping(person: Person, where: Where) -> Answer:
    """A group may hold something on any Collection: only who gives access on all of them changes its members."""
    if not person.holds(Permission.ACCESS_READ, where):
        return Answer.HIDDEN
    return Answer.YES if person.holds(Permission.ACCESS_MANAGE, Where.EVERYWHERE) else Answer.REFUSED


def _looking_after(person: Person, _where: Where) -> Answer:
    """Nobody of PEOPLE answers for the program: those who manage people see its tokens and revoke them."""
    return Answer.YES if person.holds(Permission.USER_MANAGE, Where.EVERYWHERE) else Answer.HIDDEN


def _making_tokens(person: Person, _where: Where) -> Answer:
    """Nobody of PEOPLE answers for the program: those who manage people see it, and make no token of it."""
    return Answer.REFUSED if person.holds(Permission.USER_MANAGE, Where.EVERYWHERE) else Answer.HIDDEN


def _making_collections(person: Person, _where: Where) -> Answer:
    """A new Collection is on none of those that there are."""
    may = person.holds(Permission.COLLECTION_MANAGE, Where.EVERYWHERE)
    return Answer.YES if may else Answer.REFUSED


def _gift(held: Holding) -> Mapping[str, Any]:
    """A role for somebody on the Collection, as the API is told."""
    known = held.oversight
    return {
        "user": known.somebody.username,
        "role": known.request.role_id,
        "collection": held.collection.pk,
        "reason": "A test.",
    }


_READ, _OVERSEE = Permission.AUDIT_READ, Permission.ACCESS_READ
_REQUEST, _GRANT = _overseen(request_id="request"), _overseen(grant_id="grant")
_GROUP, _REVIEW = _overseen(group_id="group"), _overseen(review_id="review")
_PERSON = Call(given=_overseen(username="somebody"))
_EVENT = Call(given=_overseen(event_id="event"), seen_by=_READ)
_WHOLE_TRAIL = Call(reaches=Where.EVERYWHERE)
_OWN = Call()

GOVERNANCE_CALLS: dict[str, Call] = {
    # Signing in, and one's own account
    "account_login": Call(for_strangers=True),
    "mfa_authenticate": Call(for_strangers=True),
    "openid_connect_login": Call(
        given=lambda _held: {"provider_id": "none"}, for_strangers=True, is_absent=True
    ),
    "openid_connect_callback": Call(
        given=lambda _held: {"provider_id": "none"}, for_strangers=True, is_absent=True
    ),
    "invitation": Call(given=lambda _held: {"secret": "guessed"}, for_strangers=True, is_absent=True),
    "account": _OWN,
    "password": _OWN,
    "end-other-sessions": _OWN,
    "tokens": _OWN,
    "token-revoke": Call(given=_overseen(token_id="token"), others=True),
    "account_reauthenticate": _OWN,
    "mfa_reauthenticate": _OWN,
    "mfa_reauthenticate_webauthn": _OWN,
    "mfa_index": _OWN,
    "mfa_activate_totp": _OWN,
    "mfa_deactivate_totp": Call(is_absent=True),
    "mfa_add_webauthn": _OWN,
    "mfa_remove_webauthn": Call(given=lambda _held: {"pk": 1}, reaches=Where.NOWHERE),
    "mfa_view_recovery_codes": Call(is_absent=True),
    "mfa_generate_recovery_codes": _OWN,
    # People
    "people": Call(),
    "person": _PERSON,
    "person-activate": _PERSON,
    "person-deactivate": _PERSON,
    "person-end-sessions": _PERSON,
    "person-reset-factor": _PERSON,
    "invitations": Call(),
    "invitation-withdraw": Call(given=_overseen(invitation_id="invitation")),
    "service-add": Call(),
    "service-hand-over": Call(given=_overseen(username="service")),
    "service-tokens": Call(given=_overseen(username="service"), says=_looking_after),
    "service-token-make": Call(given=_overseen(username="service"), says=_making_tokens),
    "service-token-revoke": Call(given=_overseen(username="service", token_id="token"), says=_looking_after),
    # Access
    "access:overview": _OWN,
    "access:request": _OWN,
    "access:request-detail": Call(given=_REQUEST, seen_by=_OVERSEE),
    "access:request-approve": Call(given=_REQUEST, seen_by=_OVERSEE),
    "access:request-deny": Call(given=_REQUEST, seen_by=_OVERSEE),
    "access:request-withdraw": Call(given=_REQUEST, says=_withdrawing),
    "access:grants": Call(),
    "access:grants-csv": Call(),
    "access:grant": Call(given=_GRANT, seen_by=_OVERSEE),
    "access:grant-give": Call(),
    "access:grant-revoke": Call(
        given=_GRANT,
        body=lambda _held: {"reason": "A test."},
        seen_by=_OVERSEE,
        acts_by=Permission.ACCESS_MANAGE,
    ),
    "access:grant-end": Call(given=_GRANT, seen_by=_OVERSEE),
    "access:roles": Call(),
    "access:role": Call(
        given=lambda held: {"role_id": held.oversight.request.role_id}, reaches=Where.NOWHERE
    ),
    "access:role-new": Call(),
    "access:groups": Call(),
    "access:group": Call(given=_GROUP, seen_by=_OVERSEE),
    "access:group-rename": Call(given=_GROUP, seen_by=_OVERSEE),
    "access:group-add": Call(given=_GROUP, says=_regrouping),
    "access:group-remove": Call(
        given=_GROUP, body=lambda held: {"person": held.oversight.somebody.pk}, says=_regrouping
    ),
    "access:reviews": Call(),
    "access:review": Call(given=_REVIEW, seen_by=_OVERSEE),
    "access:review-decide": Call(given=_overseen(review_id="review", row_id="row"), seen_by=_OVERSEE),
    "access:review-keep": Call(given=_REVIEW, seen_by=_OVERSEE),
    "access:review-close": Call(given=_REVIEW, seen_by=_OVERSEE),
    "access:unused": Call(),
    "access:conflicts": Call(),
    "access:collections": Call(),
    "access:collection": Call(given=lambda held: {"collection_id": held.collection.pk}),
    "access:collection-new": Call(writes=_making_collections),
    "access:explain": _OWN,
    "access:seen-by": Call(given=_overseen(username="somebody")),
    "access:glass": Call(says=_glass),
    "access:glass-mend": _OWN,
    "access:glass-detail": Call(given=_overseen(glass_id="glass"), says=_glass),
    # The audit trail
    "audit:events": Call(),
    "audit:filter": Call(),
    "audit:histogram": Call(),
    "audit:file": Call(given=lambda _held: {"form": "csv"}, reaches=Where.NOWHERE),
    "audit:bundle": Call(reaches=Where.EVERYWHERE, is_apart=True),
    "audit:view-keep": Call(),
    "audit:view-drop": Call(),
    "audit:verify": _WHOLE_TRAIL,
    "audit:verify-state": _WHOLE_TRAIL,
    "audit:verify-now": _WHOLE_TRAIL,
    "audit:position": Call(given=lambda _held: {"position": 0}, reaches=Where.EVERYWHERE, is_absent=True),
    "audit:patients": Call(),
    "audit:patient": Call(given=lambda _held: {"token": "guessed"}, reaches=Where.NOWHERE, is_absent=True),
    "audit:patient-file": Call(
        given=lambda _held: {"token": "guessed", "form": "csv"}, reaches=Where.NOWHERE, is_absent=True
    ),
    "audit:person": Call(given=_overseen(username="somebody")),
    "audit:event": _EVENT,
    "audit:proof": _EVENT,
    "api:access-explain": _OWN,
    "api:access-requests-list": _OWN,
    "api:access-requests-detail": Call(given=_overseen(pk="request"), seen_by=_OVERSEE),
    "api:access-requests-approve": Call(given=_overseen(pk="request"), seen_by=_OVERSEE),
    "api:access-requests-deny": Call(given=_overseen(pk="request"), seen_by=_OVERSEE),
    "api:access-requests-withdraw": Call(given=_overseen(pk="request"), says=_withdrawing),
    "api:grants-list": Call(body=_gift, hidden=400),
    "api:grants-detail": Call(given=_overseen(pk="grant")),
    "api:grants-revoke": Call(
        given=_overseen(pk="grant"),
        body=lambda _held: {"reason": "A test."},
        seen_by=_OVERSEE,
        acts_by=Permission.ACCESS_MANAGE,
    ),
    "api:grants-end": Call(
        given=_overseen(pk="grant"),
        body=lambda _held: {"expires_at": None, "reason": "A test."},
        seen_by=_OVERSEE,
    ),
    "api:roles-list": _OWN,
    "api:roles-detail": Call(
        given=lambda held: {"pk": held.oversight.request.role_id}, reaches=Where.NOWHERE
    ),
    "api:audit-events-list": Call(),
    "api:audit-events-detail": Call(given=_overseen(pk="event")),
    "api:audit-checkpoints-list": Call(),
    "api:audit-checkpoints-detail": Call(given=lambda _held: {"pk": 1}, others=True),
}

_CRAWL = Call(given=_of(lambda held: held.crawl), seen_by=_SOURCES)

CALLS: dict[str, Call] = {
    # The site
    "sign-in": Call(for_strangers=True),
    "sign-out": Call(),
    "prefer": Call(),
    "healthz": Call(for_strangers=True),
    "readyz": Call(for_strangers=True),
    "metrics": Call(own=Permission.SOURCE_READ),
    **GOVERNANCE_CALLS,
    # The catalogue
    "catalog:home": Call(),
    "catalog:find": Call(body=lambda held: {"code": held.study.code}),
    "catalog:studies": Call(),
    "catalog:study-facets": Call(),
    "catalog:study-columns": Call(),
    "catalog:studies-csv": Call(also=Permission.CATALOG_EXPORT),
    "catalog:studies-zip": Call(also=Permission.CATALOG_EXPORT),
    "catalog:study": Call(given=_study),
    "catalog:series": Call(given=_series),
    "catalog:series-thumbnail": Call(given=_series),
    "catalog:instance": Call(given=_instance),
    "catalog:thumbnail": Call(given=_instance),
    "catalog:patients": Call(),
    "catalog:patient": Call(given=_patient),
    "catalog:lens-open": Call(
        given=lambda held: {"kind": "study", "code": held.study.code},
        body=lambda held: {"purpose": "incident", "scope": "study", "minutes": 5},
    ),
    "catalog:lens-close": Call(),
    # Bringing data in
    "catalog:sources": Call(),
    "catalog:source": Call(given=_source),
    "catalog:source-add": Call(),
    "catalog:crawl-progress": Call(given=_source),
    "catalog:crawl-start": Call(given=_source, seen_by=_SOURCES),
    "catalog:crawl-control": Call(
        given=lambda held: {"crawl_id": held.crawl.pk, "verb": "cancel"}, seen_by=_SOURCES
    ),
    "catalog:tasks": Call(),
    "catalog:quarantine": Call(),
    "catalog:quarantine-retry": Call(given=_source, seen_by=_SOURCES),
    "catalog:status": Call(),
    # The API
    "api:me": Call(),
    "api:schema": Call(once=True),
    "api:docs": Call(),
    "governance.api.views.NoSuchAddress": Call(address="/api/nowhere", for_strangers=True, is_absent=True),
    "api:collections-list": Call(body=lambda _held: {"name": "New"}, writes=_making_collections),
    "api:collections-detail": Call(
        given=_of(lambda held: held.collection),
        body=lambda _held: {"description": "Changed."},
        seen_by=Permission.CATALOG_READ,
    ),
    "api:patients-list": Call(),
    "api:patients-detail": Call(given=_of(lambda held: held.study.patient)),
    "api:studies-list": Call(),
    "api:studies-detail": Call(given=_of(lambda held: held.study)),
    "api:series-list": Call(),
    "api:series-detail": Call(given=_of(lambda held: held.series)),
    "api:instances-list": Call(),
    "api:instances-detail": Call(given=_of(lambda held: held.instance)),
    "api:instances-header": Call(given=_of(lambda held: held.instance)),
    "api:headers-list": Call(),
    "api:headers-detail": Call(given=_of(lambda held: held.instance.header)),
    "api:lenses-list": Call(
        body=lambda held: {"study": held.study.pk, "purpose": "incident"},
        hidden=400,
    ),
    "api:lenses-detail": Call(given=_of(lambda held: held.oversight.lens), others=True),
    "api:sources-list": Call(
        body=lambda held: {"collection": held.collection.pk, "name": "New", "location": "/absent"},
        seen_by=_SOURCES,
        hidden=400,
    ),
    "api:sources-detail": Call(given=_of(lambda held: held.source)),
    "api:sources-preview": Call(
        body=lambda held: {"collection": held.collection.pk, "location": "/absent"},
        seen_by=_SOURCES,
        hidden=400,
    ),
    "api:crawls-list": Call(body=lambda held: {"source": held.source.pk}, seen_by=_SOURCES, hidden=400),
    "api:crawls-detail": _CRAWL,
    "api:crawls-pause": _CRAWL,
    "api:crawls-resume": _CRAWL,
    "api:crawls-cancel": _CRAWL,
    "api:crawls-problems": _CRAWL,
    "api:quarantine-list": Call(),
    "api:quarantine-detail": Call(given=_of(lambda held: held.quarantined), seen_by=_QUARANTINE),
    "api:quarantine-causes": Call(),
    "api:quarantine-retry": Call(body=lambda held: {"source": held.source.pk}, seen_by=_SOURCES, hidden=400),
}
