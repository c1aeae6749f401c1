"""Who gets which answer from which address: the people, and the table that the declared permissions make.

A new page or API action is entered in CALLS under its URL name, with what its address and body are made of.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.urls import reverse

from governance.permissions import BUILTIN_ROLES, Job, Permission
from tests.access.holdings import Holding
from tests.test_architecture import pages, permissions_of


class Where(Enum):
    """The Collection whose things are asked for, and where somebody holds what they hold."""

    HERE = "here"
    ELSEWHERE = "elsewhere"
    EVERYWHERE = "everywhere"
    NOWHERE = "nowhere"


class Way(Enum):
    """How somebody shows who they are."""

    SESSION = "session"
    TOKEN = "token"
    NONE = "none"


class Answer(Enum):
    """What the table says."""

    YES = "yes"
    REFUSED = "refused"
    HIDDEN = "hidden"
    SIGN_IN = "sign in"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with one role in one place. `holds` is what it comes to, by the vocabulary alone."""

    name: str
    job: Job | None = None
    where: Where = Where.NOWHERE
    way: Way = Way.SESSION
    kind: str = "person"
    is_superuser: bool = False
    is_over: bool = False
    scopes: frozenset[Permission] = frozenset()

    def holds(self, permission: Permission, where: Where | None = None) -> bool:
        """Tell whether they hold it in one place; with None, wherever it counts."""
        return permission in self._permissions() and (
            self.where is Where.EVERYWHERE
            or (not permission.everywhere_only if where is None else self.where is where)
        )

    def _permissions(self) -> frozenset[Permission]:
        if self.job is None or self.is_over:
            return frozenset()
        held = BUILTIN_ROLES[self.job].permissions
        if self.kind == "auditor":
            held = frozenset(permission for permission in held if permission.reads)
        return held & self.scopes if self.scopes else held


PEOPLE: tuple[Person, ...] = (
    *(
        Person(f"{job.value} {where.value}", job, where)
        for job in Job
        for where in (Where.HERE, Where.ELSEWHERE, Where.EVERYWHERE)
    ),
    Person("somebody without grants"),
    Person("stranger", way=Way.NONE),
    Person("auditor account", Job.AUDITOR, Where.HERE, kind="auditor"),
    Person("auditor account with a role too many", Job.ADMINISTRATOR, Where.EVERYWHERE, kind="auditor"),
    Person("service account", Job.DATA_STEWARD, Where.HERE, Way.TOKEN, kind="service"),
    Person("token", Job.COMPLIANCE_OFFICER, Where.ELSEWHERE, Way.TOKEN),
    Person(
        "narrowed token",
        Job.ADMINISTRATOR,
        Where.EVERYWHERE,
        Way.TOKEN,
        scopes=frozenset({Permission.CATALOG_READ, Permission.CRAWL_CONTROL}),
    ),
    Person("superuser without broken glass", is_superuser=True),
    Person("somebody whose grant is over", Job.ADMINISTRATOR, Where.EVERYWHERE, is_over=True),
)

Given = Callable[[Holding], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """How an address is called.

    `given` makes its parameters from the things of a Collection, `body` what is posted. `seen_by` is what makes that
    thing visible where it is not the permission of the page, `hidden` the status for those to whom it is not. `also`
    is needed besides. What belongs to `others` nobody of PEOPLE sees. What declares no permission (OPEN_PAGES) may ask for `own` itself, on all Collections, and is
    `for_strangers` too or only for those who are signed in. What is the same for everybody and takes long is asked
    for `once` by one of those who may. `address` is for what has no name, or a query.
    """

    given: Given | None = None
    body: Given | None = None
    seen_by: Permission | None = None
    hidden: int = 404
    also: Permission | None = None
    own: Permission | None = None
    others: bool = False
    once: bool = False
    for_strangers: bool = False
    address: str = ""

    @property
    def is_about_something(self) -> bool:
        return self.given is not None or self.hidden != 404


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
_CRAWL = Call(given=_of(lambda held: held.crawl), seen_by=_SOURCES)

CALLS: dict[str, Call] = {
    # The site
    "sign-in": Call(for_strangers=True),
    "sign-out": Call(),
    "prefer": Call(),
    "healthz": Call(for_strangers=True),
    "readyz": Call(for_strangers=True),
    "metrics": Call(own=Permission.SOURCE_READ),
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
    "api:schema": Call(once=True),
    "api:docs": Call(),
    "governance.api.views.NoSuchAddress": Call(address="/api/nowhere", for_strangers=True),
    "api:collections-list": Call(),
    "api:collections-detail": Call(given=_of(lambda held: held.collection)),
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
    "api:lenses-detail": Call(given=_of(lambda held: held.lens), others=True),
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


@dataclass(frozen=True, slots=True)
class Address:
    """One URL pattern: its name, and what each of its methods declares."""

    name: str
    permissions: Mapping[str, Permission | None]
    is_api: bool

    @property
    def call(self) -> Call:
        return CALLS[self.name]

    def of(self, held: Holding) -> str:
        given = self.call.given
        return self.call.address or reverse(self.name, kwargs=dict(given(held)) if given else None)

    def answer(self, method: str, person: Person, where: Where) -> Answer:
        """Say what the declared permission comes to for a person who asks for a thing of one Collection."""
        call, permission = self.call, self.permissions[method]
        is_stranger = person.way is Way.NONE or (person.way is Way.TOKEN and not self.is_api)
        if is_stranger:
            return Answer.YES if call.for_strangers else Answer.SIGN_IN
        if permission is None:
            return (
                Answer.YES if call.own is None or person.holds(call.own, Where.EVERYWHERE) else Answer.REFUSED
            )
        if not person.holds(permission) or (call.also is not None and not person.holds(call.also)):
            return Answer.REFUSED
        if not call.is_about_something or (call.hidden != 404 and method == "GET"):
            return Answer.YES
        if call.others or not person.holds(call.seen_by or permission, where):
            return Answer.HIDDEN
        return Answer.YES if person.holds(permission, where) else Answer.REFUSED


def addresses() -> Iterator[Address]:
    """Every URL pattern of the site."""
    for name, view in pages():
        is_api = hasattr(view, "cls")
        declared = permissions_of(view)
        actions = getattr(view, "actions", None)
        methods = [method.upper() for method in actions] if actions else ["GET", "POST"]
        each = declared if actions else declared * len(methods)
        yield Address(name, dict(zip(methods, each, strict=True)), is_api)  # type: ignore[arg-type]
