"""Whoever guesses tokens is neither served without limit nor fills the audit trail."""

import json

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from governance.api.throttling import REFUSALS, count_refusal
from governance.models import AuditEvent


@pytest.fixture(autouse=True)
def no_counts(db):
    cache.clear()
    yield
    cache.clear()


def ask(token: str, address: str = "198.51.100.7"):
    return APIClient().get("/api/studies/", headers={"authorization": f"Bearer {token}"}, REMOTE_ADDR=address)


def refusals() -> list[dict]:
    return [json.loads(bytes(each.payload)) for each in AuditEvent.objects.filter(event="token.refused")]


def test_beyond_so_many_refusals_of_one_address_the_answer_is_429_and_one_row_says_so():
    answers = [ask(f"iso_guess{number}").status_code for number in range(REFUSALS + 5)]
    assert answers == [401] * REFUSALS + [429] * 5
    found = refusals()
    assert len(found) == REFUSALS + 1
    assert [event["detail"] for event in found].count({"more_follow": True}) == 1
    assert {event["address"] for event in found} == {"198.51.100.7"}


def test_the_answer_says_when_to_try_again():
    for number in range(REFUSALS):
        ask(f"iso_guess{number}")
    assert 0 < int(ask("iso_guess").headers["Retry-After"]) <= 60


def test_another_address_is_still_told_what_is_wrong():
    for number in range(REFUSALS + 1):
        ask(f"iso_guess{number}")
    assert ask("iso_guess", "198.51.100.8").status_code == 401


def test_a_client_of_ipv6_gains_nothing_by_changing_its_address():
    counts = [count_refusal(f"2001:db8:1:2::{number:x}")[0] for number in range(1, 6)]
    assert counts == [1, 2, 3, 4, 5]
    assert count_refusal("2001:db8:1:3::1")[0] == 1
