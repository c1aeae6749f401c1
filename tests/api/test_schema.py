"""The OpenAPI description is valid, complete and true: schemathesis finds no 5xx and nothing that it does not say."""

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from catalog.codes import code_of
from tests.api.conftest import Caller

schemathesis.openapi.format("speakable-code", st.integers(1, 10**6).map(lambda number: code_of("CT", number)))


def test_the_description_is_valid_and_made_without_a_warning(db):
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO())


def test_the_description_is_for_those_who_sign_in(client, charlies):
    assert client.get("/api/schema/").status_code == 401
    answer = charlies.client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert answer.json()["openapi"].startswith("3.1")


@pytest.fixture
def _one_connection() -> Iterator[None]:
    """Keep the test's transaction: a real request ends with closing connections that are not as they were."""
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.fixture
def asked(alice, holdings, settings, tmp_path, _one_connection) -> Callable[[Any], None]:
    """Send a generated request to an API that holds one of everything, and hold the answer to the description."""
    (tmp_path / "archive").mkdir()
    settings.SOURCE_ROOTS = [tmp_path]
    headers = {"Authorization": f"Bearer {Caller(alice).secret}"}

    def ask(case: Any) -> None:
        _put_in_ids(case, holdings)
        case.call_and_validate(headers=headers)

    return ask


def _put_in_ids(case: Any, holdings: dict[str, Any]) -> None:
    """Make every other made-up id one that there is: else hardly anything but 404 would be seen."""
    resource = case.path.split("/")[2]
    made_up = (case.path_parameters or {}).get("id")
    if str(made_up).isdecimal() and int(made_up) % 2 == 0:
        case.path_parameters["id"] = holdings[resource].pk
    if isinstance(case.body, dict):
        for member, row in (("source", holdings["sources"]), ("collection", holdings["collections"])):
            number = case.body.get(member)
            if type(number) in {int, float} and number > 0 and number == int(number):
                case.body[member] = row.pk


description = schemathesis.openapi.from_dict(
    SchemaGenerator().get_schema(public=True),
    # That other methods answer 405 is tested one by one in test_problems.
    config=schemathesis.Config.from_dict({"phases": {"coverage": {"unexpected-methods": ["DELETE"]}}}),
)
description.app = get_wsgi_application()


@description.parametrize()
@settings(
    max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
def test_every_operation_answers_as_described(case, asked):
    asked(case)
