"""What the trail can be asked for; a filter's values stand in addresses, and identify no patient."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance import things
from governance.access import Person, Scope, collections_for, scope_of
from governance.models import AuditEvent, Collection, User
from governance.models.audit import AuditEventQuerySet
from governance.permissions import Permission
from governance.trail.words import CHANNELS, OUTCOMES, name_of
from governance.usernames import from_address, in_address

# How addresses call whoever was not signed in, and the installation itself.
NOBODY = "-"
_CORRELATION = re.compile(r"[0-9a-f]{12,32}")
_CREDENTIAL = re.compile(r"(?:account|session|token):[0-9a-f]{1,64}")


class Surroundings:
    """What the filters of one request need to know of its reader."""

    def __init__(self, user: Person) -> None:
        self.user = user
        self.scope: Scope = scope_of(user, Permission.AUDIT_READ)

    @cached_property
    def collections(self) -> Mapping[int, Collection]:
        return {one.pk: one for one in collections_for(self.user, Permission.AUDIT_READ)}

    def person(self, username: str) -> User | None:
        """Return an account; for those who read the trail of some Collections only, one that did something there."""
        found = User.objects.filter(username=username).first()
        if found is None or self.scope.everywhere:
            return found
        seen = AuditEvent.objects.filter(actor_id=found.pk).within(self.scope)
        return found if seen.exists() else None


Read = Callable[[str, Surroundings], str | None]
Apply = Callable[[AuditEventQuerySet, Sequence[str], Surroundings], AuditEventQuerySet]
Label = Callable[[str, Surroundings], str | Promise]


@dataclass(frozen=True, slots=True)
class EventFilter:
    """One filter: how a value is read (None: it is none), how it narrows the events, what it is called."""

    name: str
    title: Promise
    read: Read
    apply: Apply
    label: Label = lambda value, _s: value


def _one_of(known: Iterable[str]) -> Read:
    words = frozenset(known)
    return lambda text, _s: text if text in words else None


def _like(pattern: re.Pattern[str]) -> Read:
    return lambda text, _s: text if pattern.fullmatch(text) else None


def _read_person(text: str, surroundings: Surroundings) -> str | None:
    if text == NOBODY:
        return text if surroundings.scope.everywhere else None
    person = surroundings.person(from_address(text.replace("\0", "")))
    return in_address(person.get_username()) if person else None


def _by_person(rows: AuditEventQuerySet, names: Sequence[str], _s: Surroundings) -> AuditEventQuerySet:
    return done_by(rows, names)


def done_by(rows: AuditEventQuerySet, names: Sequence[str]) -> AuditEventQuerySet:
    """The events of some people, by their names as addresses say them; NOBODY is whoever was not signed in."""
    people = User.objects.filter(username__in=[from_address(name) for name in names if name != NOBODY])
    return rows.by_people(people.values_list("pk", flat=True), or_nobody=NOBODY in names)


def _read_collection(text: str, surroundings: Surroundings) -> str | None:
    is_number = text.isascii() and text.isdecimal() and len(text) < 19
    return str(int(text)) if is_number and int(text) in surroundings.collections else None


FILTERS: tuple[EventFilter, ...] = (
    EventFilter(
        "person",
        gettext_lazy("Person"),
        _read_person,
        _by_person,
        lambda value, _s: _("nobody signed in") if value == NOBODY else from_address(value),
    ),
    EventFilter(
        "event",
        gettext_lazy("Event"),
        # Events that this version does not know any more can still be asked for by their name.
        _like(re.compile(r"[a-z_]{1,40}\.[a-z_]{1,40}")),
        lambda rows, values, _s: rows.of_kinds(values),
        lambda value, _s: name_of(value),
    ),
    EventFilter(
        "outcome",
        gettext_lazy("Outcome"),
        _one_of(OUTCOMES),
        lambda rows, values, _s: rows.filter(outcome__in=values),
        lambda value, _s: OUTCOMES[value],
    ),
    EventFilter(
        "collection",
        gettext_lazy("Collection"),
        _read_collection,
        lambda rows, values, _s: rows.filter(collection_id__in=[int(value) for value in values]),
        lambda value, s: s.collections[int(value)].name,
    ),
    EventFilter(
        "channel",
        gettext_lazy("Way in"),
        _one_of(CHANNELS),
        lambda rows, values, _s: rows.through(values),
        lambda value, _s: CHANNELS[value],
    ),
    EventFilter(
        "object",
        gettext_lazy("Object"),
        lambda text, _s: things.named_by(text),
        lambda rows, values, _s: rows.about(values),
    ),
    EventFilter(
        "correlation",
        gettext_lazy("Request"),
        _like(_CORRELATION),
        lambda rows, values, _s: rows.filter(correlation__in=values),
    ),
    EventFilter(
        "credential",
        gettext_lazy("Credential"),
        _like(_CREDENTIAL),
        lambda rows, values, _s: rows.shown(values),
    ),
)
BY_NAME = {one.name: one for one in FILTERS}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The filters of one address, understood; `left_out` names those of which some value was not."""

    values: Mapping[str, tuple[str, ...]]
    left_out: tuple[str, ...] = ()

    @classmethod
    def of(cls, query: QueryDict, surroundings: Surroundings) -> "Chosen":
        values: dict[str, tuple[str, ...]] = {}
        left_out = []
        for one in FILTERS:
            given = [text for text in dict.fromkeys(query.getlist(one.name)) if text.strip()]
            read = [one.read(text.strip(), surroundings) for text in given]
            if None in read:
                left_out.append(one.name)
            if understood := tuple(dict.fromkeys(value for value in read if value is not None)):
                values[one.name] = understood
        return cls(values, tuple(left_out))

    def apply(self, rows: AuditEventQuerySet, surroundings: Surroundings) -> AuditEventQuerySet:
        for name, values in self.values.items():
            rows = BY_NAME[name].apply(rows, values, surroundings)
        return rows

    def pairs(self) -> list[tuple[str, str]]:
        """Return name and value of each, in the order of the filters."""
        return [(name, value) for name, values in self.values.items() for value in values]

    def with_others(self, other: "Chosen") -> "Chosen":
        """Return these filters and those of `other` together."""
        names = [one.name for one in FILTERS if one.name in self.values or one.name in other.values]
        both = {
            name: tuple(dict.fromkeys((*self.values.get(name, ()), *other.values.get(name, ()))))
            for name in names
        }
        return Chosen(both, other.left_out)
