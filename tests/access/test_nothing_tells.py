"""What is hidden tells of itself nowhere: the same questions in a world that holds much of it and in one without."""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Study
from governance.models import Collection
from governance.permissions import Job
from tests.access import questions
from tests.access.addresses import addresses
from tests.access.calls import CALLS
from tests.access.hidden import Hidden, hide_much
from tests.access.holdings import Holding, furnish
from tests.access.matrix import PEOPLE, Person, Where
from tests.access.people import client_of
from tests.access.questions import Question
from tests.factories import make_study

ADDRESSES = {address.name: address for address in addresses() if address.name in CALLS}
# Numbers over everything, for those alone who may see everything; and what says the time.
BY_ITSELF = {"metrics", "readyz", "catalog:studies-zip"}
# One of each kind of eyes: the others see what one of these sees.
LIMITED = [
    person
    for person in PEOPLE
    if person.name
    in {
        "administrator here",
        "compliance-officer here",
        "researcher here",
        "somebody without grants",
        "auditor account",
        "service account",
    }
]
READER = Person("reader", Job.COMPLIANCE_OFFICER, Where.HERE)
STEWARD = Person("steward", Job.DATA_STEWARD, Where.HERE)
ADMINISTRATOR = Person("connector", Job.ADMINISTRATOR, Where.HERE)


@dataclass(frozen=True)
class Answer:
    """What somebody is told, without what differs each time; and how many questions that took of the catalogue."""

    status: int
    location: str
    body: str
    queries: int


@pytest.fixture(autouse=True)
def unhurried(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_RATE = (1_000_000, 60)
    # No worker answers in these tests, and nobody need wait to find that out.
    monkeypatch.setattr("governance.workers._PING_SECONDS", 0.001)
    # However long the questions take: both worlds are asked in the same minute.
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)


@pytest.fixture
def seen(db: None) -> Holding:
    """Made before everything else, so that its numbers are the same in both worlds."""
    return furnish(Collection.objects.create(name="Mmm seen"))


def answers_in_both_worlds(
    client: Client, seen: Holding, ask: Any
) -> Iterator[tuple[Question, Answer, Answer]]:
    """Ask in the world with much that is hidden; take that away; ask the same again."""
    with undone():
        hidden = hide_much(seen)
        asked = list(dict.fromkeys(ask(hidden)))
        with_much = [answer(client, question) for question in asked]
    yield from zip(asked, with_much, (answer(client, question) for question in asked), strict=True)


def answer(client: Client, question: Question) -> Answer:
    with undone(), CaptureQueriesContext(connection) as captured:
        response = _sent(client, question)
        body = b"".join(response) if response.streaming else response.content
    asked = [query for query in captured.captured_queries if '"catalog_' in query["sql"]]
    return Answer(
        response.status_code,
        response.headers.get("Location", ""),
        lasting(body.decode(errors="replace"), response.headers.get("X-Request-ID", "")),
        len(asked),
    )


def _sent(client: Client, question: Question) -> Any:
    if question.body is None:
        return client.get(question.address)
    if question.is_json:
        return client.post(question.address, json.dumps(dict(question.body)), content_type="application/json")
    return client.post(question.address, dict(question.body))


VARYING = (
    (re.compile(r"(csrf[-a-z]*\W+(?:value=\W)?)[A-Za-z0-9]{64}", re.IGNORECASE), r"\1CSRF"),
    # A period that ends now.
    (re.compile(r"\b(from|to|since|before)=\d{4}-[^&\"'<]*"), r"\1=TIME"),
    # How long ago something was.
    (re.compile(r"(<time [^>]*>)[^<]*"), r"\1TIME"),
)


def lasting(body: str, request_id: str) -> str:
    """A body without what is another each time it is asked for: the request's id, CSRF tokens, how long ago."""
    body = body.replace(request_id, "REQUEST") if request_id else body
    for pattern, instead in VARYING:
        body = pattern.sub(instead, body)
    return body


@contextmanager
def undone() -> Iterator[None]:
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


def told(found: Iterable[tuple[Question, Answer, Answer]]) -> str:
    """The questions whose answers differ, each with the first place where they do."""
    differing = []
    asked = 0
    for question, with_much, without in found:
        asked += 1
        assert with_much.status < 500, question
        if with_much != without:
            one, other = _first_difference(with_much, without)
            differing.append(f"{question.address} {question.body or ''}\n  {one}\n  {other}")
    assert asked > 10
    return "\n".join(differing)


def _first_difference(one: Answer, other: Answer) -> tuple[Any, Any]:
    if one.body == other.body:
        return (one.status, one.location, one.queries), (other.status, other.location, other.queries)
    pairs = zip(one.body.splitlines(), other.body.splitlines(), strict=False)
    lines = ((first.strip(), second.strip()) for first, second in pairs if first != second)
    return next(lines, ("one goes on", "the other ends"))


@pytest.mark.parametrize("person", LIMITED, ids=lambda person: person.name)
def test_no_page_or_answer_tells_of_what_is_hidden(person: Person, seen: Holding):
    client = client_of(person, {Where.HERE: seen.collection})
    asked = {name: address for name, address in ADDRESSES.items() if name not in BY_ITSELF}
    found = answers_in_both_worlds(client, seen, lambda hidden: questions.of_addresses(asked, seen, hidden))
    assert told(found) == ""


def test_no_filter_order_or_cursor_of_a_page_tells_of_what_is_hidden(seen: Holding):
    client = client_of(READER, {Where.HERE: seen.collection})
    assert told(answers_in_both_worlds(client, seen, lambda hidden: questions.of_pages(seen, hidden))) == ""


@pytest.mark.parametrize("person", [READER, STEWARD, ADMINISTRATOR], ids=lambda person: person.name)
def test_no_parameter_or_body_of_the_api_tells_of_what_is_hidden(person: Person, seen: Holding):
    client = client_of(person, {Where.HERE: seen.collection})
    assert told(answers_in_both_worlds(client, seen, lambda hidden: questions.of_the_api(seen, hidden))) == ""


def test_what_is_hidden_would_be_noticed_by_those_who_may_see_it(seen: Holding):
    """The two worlds do differ, and so do the answers: for the one who sees everything."""
    everywhere = Person("overseer", Job.ADMINISTRATOR, Where.EVERYWHERE)
    client = client_of(everywhere, {})
    found = list(answers_in_both_worlds(client, seen, lambda hidden: questions.of_the_api(seen, hidden)))
    assert sum(one != other for _question, one, other in found) > len(found) / 3


LISTS = ["/studies", "/studies?modality=CT", "/patients", "/quarantine", "/api/studies/", "/api/series/"]


def test_what_lists_cost_does_not_grow_with_what_is_hidden(seen: Holding):
    """By the planner's word: how many rows each question of the catalogue is expected to return."""
    for _number in range(20):
        make_study(seen.collection)
    client = client_of(STEWARD, {Where.HERE: seen.collection})
    without = _planned(client)
    with undone():
        _hide_thousands(hide_much(seen))
        with_much = _planned(client)
    for address in LISTS:
        assert len(with_much[address]) == len(without[address]) > 0, address
        pairs = zip(with_much[address], without[address], strict=True)
        assert all(more <= 2 * rows + 5 for more, rows in pairs), address


def _hide_thousands(hidden: Hidden) -> None:
    template = hidden.study
    template.pk = None
    Study.objects.bulk_create(
        Study(
            **{
                field.attname: getattr(template, field.attname)
                for field in Study._meta.concrete_fields
                if not field.primary_key
            }
            | {"study_instance_uid": f"1.2.3.{number}"}
        )
        for number in range(3000)
    )


def _planned(client: Client) -> dict[str, list[int]]:
    """Ask for each list, and have every question of the catalogue explained anew with statistics of this moment."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_study, catalog_patient, catalog_series, catalog_quarantine")
    return {address: list(_rows_expected(client, address)) for address in LISTS}


def _rows_expected(client: Client, address: str) -> Iterator[int]:
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    asked = [query["sql"] for query in captured.captured_queries if '"catalog_' in query["sql"]]
    with connection.cursor() as cursor:
        for sql in asked:
            if sql.startswith("SELECT"):
                cursor.execute("EXPLAIN (FORMAT JSON) " + sql.replace("%", "%%"))
                yield int(cursor.fetchone()[0][0]["Plan"]["Plan Rows"])
