"""Who gets which answer from which address: the people, and the table that the declared permissions make.

A new page or API action is entered in calls.py under its URL name, with what its address and body are made of.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from governance.permissions import BUILTIN_ROLES, Job, Permission
from tests.access.holdings import Holding


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
Says = Callable[[Person, Where], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """How an address is called.

    - `given` makes its parameters from the things of a Collection, `body` what is posted; `address` is for what has
      no name.
    - `seen_by` is what makes that thing visible where it is not the permission of the page, `hidden` the status for
      those to whom it is not. What belongs to `others` nobody of PEOPLE sees; what `is_absent` is found by nobody.
    - `also` is needed besides, wherever; `acts_by` is needed besides to post, on the thing's Collection:
      `refused` is the status where a form says so.
    - `reaches` says where the permission has to be held: EVERYWHERE on all Collections, NOWHERE that it does not
      matter on which.
    - `writes` is the rule of what is sent, where it is another than that of what is shown.
    - What declares no permission (OPEN_PAGES) may ask for `own` itself, on all Collections. It is `for_strangers` too
      or only for those who are signed in. `says` is for what follows a rule of its own.
    - What is the same for everybody and takes long is asked for `once` by one of those who may; what needs a
      transaction of its own is tested `is_apart`, and only kept from those who may not here.
    """

    given: Given | None = None
    body: Given | None = None
    seen_by: Permission | None = None
    hidden: int = 404
    refused: int = 403
    also: Permission | None = None
    own: Permission | None = None
    acts_by: Permission | None = None
    reaches: Where = Where.HERE
    says: Says | None = None
    writes: Says | None = None
    others: bool = False
    is_absent: bool = False
    is_apart: bool = False
    for_strangers: bool = False
    once: bool = False
    address: str = ""

    @property
    def is_about_something(self) -> bool:
        return self.given is not None or self.hidden != 404
