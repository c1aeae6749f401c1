"""Every address, as everybody: the answer is the one that the declared permission makes, and a no changes nothing."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client, override_settings
from django.urls import reverse
from pytest_django.plugin import DjangoDbBlocker

from governance.models import Collection
from tests.access.addresses import Address, addresses
from tests.access.calls import CALLS
from tests.access.holdings import Holding, furnish
from tests.access.matrix import PEOPLE, Answer, Person, Where
from tests.access.people import client_of

ADDRESSES = {address.name: address for address in addresses()}
# What may be written down of a call that was refused.
TOLD_OF_REFUSALS = {"access.refused", "token.refused", "session.expired"}
# Bookkeeping of the one who calls, whatever comes of it.
KEPT_OF_CALLERS = {
    ("governance_apitoken", "updated"),
    ("governance_session", "updated"),
    ("django_session", "inserted"),
    ("django_session", "updated"),
}


@dataclass(frozen=True)
class World:
    """A Collection with one of everything, another one, and a client for each person."""

    held: Holding
    clients: dict[str, Client]


@pytest.fixture(scope="module")
def db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """One transaction for all tests of this module, rolled back at their end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def world(db: None) -> Iterator[World]:
    """Made once; each call is in a transaction of its own within."""
    with override_settings(API_RATE=(1_000_000, 60)), pytest.MonkeyPatch.context() as patched:
        # No worker answers in these tests; the status page need not wait a second for each person to find that out.
        patched.setattr("governance.workers._PING_SECONDS", 0.001)
        yield _world()


def _world() -> World:
    collections = {
        Where.HERE: Collection.objects.create(name="Here"),
        Where.ELSEWHERE: Collection.objects.create(name="Elsewhere"),
    }
    clients = {person.name: client_of(person, collections) for person in PEOPLE}
    for client in clients.values():
        client.raise_request_exception = False
    return World(furnish(collections[Where.HERE]), clients)


def test_every_address_is_in_the_matrix():
    missing = sorted(ADDRESSES.keys() - CALLS.keys())
    assert not missing, f"Enter them in tests/access/calls.py: {missing}"
    assert not CALLS.keys() - ADDRESSES.keys()


@pytest.mark.parametrize("name", sorted(ADDRESSES.keys() & CALLS.keys()))
def test_everybody_is_answered_as_the_declared_permission_says(name: str, world: World):
    address = ADDRESSES[name]
    seen = {answer for method in address.permissions for answer in _asked(world, address, method)}
    # Else the table would say nothing.
    assert Answer.YES in seen or address.call.others or address.call.says
    assert Answer.SIGN_IN in seen or address.call.for_strangers
    assert Answer.REFUSED in seen or set(address.permissions.values()) == {None}


def _asked(world: World, address: Address, method: str) -> Iterator[Answer]:
    """Ask as everybody for the things of one Collection; yield what the table says.

    Those who hold their role elsewhere are to it what those who hold it here would be to another.
    """
    once_is_enough = address.call.is_apart
    for person in PEOPLE:
        expected = address.answer(method, person, Where.HERE)
        if expected is not Answer.YES:
            _is_kept_out(world, address, method, person, expected)
        elif not once_is_enough:
            is_page = _is_let_in(world, address, method, person)
            # A page that answers POST as it does GET, which everybody has asked for, need not be made again.
            once_is_enough = address.call.once or (method == "POST" and is_page)
        yield expected


def _is_let_in(world: World, address: Address, method: str, person: Person) -> bool:
    """Call, hold the answer against the table, and tell whether it was a page."""
    client = world.clients[person.name]
    with rolled_back(client):
        response = _call(client, address, method, world.held)
    assert _fits(response, Answer.YES, address), _told(address, method, person, response)
    return bool(response.status_code == 200 and not address.is_api)


def _is_kept_out(world: World, address: Address, method: str, person: Person, expected: Answer) -> None:
    """Call, and hold the answer and what it has left behind against the table."""
    before, last = _written(), _last_event()
    client = world.clients[person.name]
    with rolled_back(client):
        response = _call(client, address, method, world.held)
        events = _events_since(last)
    told = f"{_told(address, method, person, response)} instead of {expected.value}"
    assert _fits(response, expected, address), told
    assert _written() <= before, told
    assert events <= TOLD_OF_REFUSALS, told
    assert events or response.status_code != 403, f"{told}: nothing is written down"


def _told(address: Address, method: str, person: Person, response: Any) -> str:
    return f"{method} {address.name} as {person.name} was answered {response.status_code}"


@contextmanager
def rolled_back(client: Client) -> Iterator[None]:
    """Undo what a call did, also to the cookies: signing out is a call too."""
    point, cookies = transaction.savepoint(), client.cookies.output(header="")
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)
        client.cookies = SimpleCookie(cookies)


def _call(client: Client, address: Address, method: str, held: Holding) -> Any:
    if method == "GET":
        return client.get(address.of(held))
    body = dict(address.call.body(held)) if address.call.body else {}
    if address.is_api:
        return client.generic(method, address.of(held), json.dumps(body), content_type="application/json")
    return client.post(address.of(held), body)


def _fits(response: Any, expected: Answer, address: Address) -> bool:
    status = response.status_code
    if status == 405:
        # Nobody is offered this method; who may not come in at all hears that first, or this.
        return True
    to_sign_in = status == 302 and response["Location"].startswith(f"{reverse('sign-in')}?")
    if expected is Answer.SIGN_IN:
        return status == 401 if address.is_api else to_sign_in
    if expected is Answer.REFUSED:
        return status in {403, address.call.refused}
    if expected is Answer.HIDDEN:
        return status == address.call.hidden
    return (
        not to_sign_in
        and status < 500
        and (status == 404 if address.call.is_absent else status not in {401, 403, 404})
    )


def _written() -> set[tuple[str, str, int]]:
    """What this transaction has inserted, updated and deleted so far, by table; but for the audit trail's own."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT relname, what, n FROM pg_stat_xact_user_tables,
                LATERAL (VALUES ('inserted', n_tup_ins), ('updated', n_tup_upd), ('deleted', n_tup_del)) AS done(what, n)
            WHERE n > 0 AND relname NOT LIKE 'governance_audit%'
            """
        )
        return {row for row in cursor.fetchall() if row[:2] not in KEPT_OF_CALLERS}


def _last_event() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM governance_audit_event")
        return int(cursor.fetchone()[0])


def _events_since(last: int) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT event FROM governance_audit_event WHERE id > %s", [last])
        return {row[0] for row in cursor.fetchall()}
