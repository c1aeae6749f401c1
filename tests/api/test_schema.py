"""The OpenAPI description is valid, complete and true: schemathesis finds no 5xx and nothing that it does not say."""

import re
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
import schemathesis
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from catalog.codes import code_of
from governance.actions.give_grant import give_grant
from governance.api.parameters import LARGEST, PRINTABLE
from governance.permissions import Job
from tests.api.conftest import Caller

schemathesis.openapi.format("speakable-code", st.integers(1, 10**6).map(lambda number: code_of("CT", number)))
schemathesis.openapi.format("audit-object", st.integers(1, 10**6).map(lambda number: f"source:{number}"))


# What a body calls the rows that it names.
NAMED = {
    "source": "sources",
    "collection": "collections",
    "study": "studies",
    "patient": "patients",
    "role": "roles",
}
# What a body calls those that it names by their name.
CALLED = {"user": "reader", "owner": "reader", "group": "readers"}


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
    Group.objects.create(name="readers")
    # Nobody holds every permission by one role.
    give_grant(alice, Job.COMPLIANCE_OFFICER)
    headers = {"Authorization": f"Bearer {Caller(alice).secret}"}

    def ask(case: Any) -> None:
        _put_in_ids(case, holdings)
        case.call_and_validate(headers=headers)

    return ask


def _put_in_ids(case: Any, holdings: dict[str, Any]) -> None:
    """Make every other made-up id one that there is: else hardly anything but 404 would be seen."""
    resource = case.path.split("/")[2]
    made_up = str((case.path_parameters or {}).get("id"))
    if resource in holdings and made_up.isdecimal() and int(made_up) % 2 == 0:
        case.path_parameters["id"] = holdings[resource].pk
    if isinstance(case.body, dict):
        for member, resource in NAMED.items():
            if _is_an_id(case.body.get(member)):
                case.body[member] = holdings[resource].pk
        for member, name in CALLED.items():
            if _is_a_name(case.body.get(member)):
                case.body[member] = name


def _is_an_id(value: Any) -> bool:
    return type(value) in {int, float} and 0 < value <= LARGEST and value == int(value)


def _is_a_name(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 150 and re.search(PRINTABLE, value) is not None


description = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(public=True))
description.app = get_wsgi_application()
OPERATIONS: dict[str, Any] = {
    result.ok().label: result.ok() for result in description.get_all_operations() if isinstance(result, Ok)
}


@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value
)
@pytest.mark.parametrize("label", OPERATIONS)
def test_every_operation_answers_as_described(label, mode, asked):
    operation = OPERATIONS[label]
    if mode is GenerationMode.NEGATIVE and not (operation.query or operation.body):
        pytest.skip("nothing here can be given wrongly")
    # Not Schemathesis' own parametrize(): that makes up its cases when tests are collected, in every worker.
    try_some = given(case=operation.as_strategy(generation_mode=mode))(asked)
    bounds = settings(
        max_examples=10,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    bounds(try_some)()
