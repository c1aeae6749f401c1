"""Every URL pattern of the site, and what the declared permissions make of a call."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.urls import reverse

from governance.permissions import Permission
from tests.access.calls import CALLS
from tests.access.holdings import Holding
from tests.access.matrix import Answer, Call, Person, Way, Where
from tests.test_architecture import pages, permissions_of


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
        if person.way is Way.NONE or (person.way is Way.TOKEN and not self.is_api):
            return Answer.YES if call.for_strangers else Answer.SIGN_IN
        if not self._is_held(permission, person):
            return Answer.REFUSED
        rule = call.writes if method != "GET" and call.writes is not None else call.says
        if rule is not None:
            return rule(person, where)
        if call.others:
            return Answer.HIDDEN
        return self._of_thing(method, person, where) if self._is_about(method) else Answer.YES

    def _of_thing(self, method: str, person: Person, where: Where) -> Answer:
        """Whether the thing is there for somebody whom the page lets in, and whether they may act on it."""
        call, permission = self.call, self.permissions[method]
        seen_by, acts_by = call.seen_by or permission, permission
        if method == "POST" and call.acts_by is not None:
            acts_by = call.acts_by
        if seen_by is not None and not person.holds(seen_by, where):
            return Answer.HIDDEN
        return Answer.YES if acts_by is None or person.holds(acts_by, where) else Answer.REFUSED

    def _is_held(self, permission: Permission | None, person: Person) -> bool:
        """Whether somebody holds what is asked for before anything is looked up."""
        wanted = [each for each in (permission, self.call.also) if each is not None]
        place = Where.EVERYWHERE if self.call.reaches is Where.EVERYWHERE else None
        held = all(person.holds(each, place) for each in wanted)
        return held and (self.call.own is None or person.holds(self.call.own, Where.EVERYWHERE))

    def _is_about(self, method: str) -> bool:
        """Whether the answer depends on the Collection of the thing."""
        by_body = self.call.hidden != 404 and method == "GET"
        return self.call.is_about_something and self.call.reaches is Where.HERE and not by_body


def addresses() -> Iterator[Address]:
    """Every URL pattern of the site."""
    for name, view in pages():
        is_api = hasattr(view, "cls")
        declared = permissions_of(view)
        actions = getattr(view, "actions", None)
        methods = [method.upper() for method in actions] if actions else ["GET", "POST"]
        each = declared if actions else declared * len(methods)
        yield Address(name, dict(zip(methods, each, strict=True)), is_api)  # type: ignore[arg-type]
