"""Every error is a problem document (RFC 9457), says what to do, and repeats nothing."""

import json
import logging

import pytest
from django.db import OperationalError
from redis.exceptions import ConnectionError as RedisUnreachable
from rest_framework.test import APIRequestFactory

from governance.api import problems
from governance.api.problems import problem_response
from tests.factories import make_source

SECRET = "Quixotesecret"


def problem(answer, status):
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["type"].startswith("urn:isocenter:problem:")
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer["X-Request-ID"]
    assert SECRET not in answer.content.decode()
    return body


@pytest.mark.parametrize(
    "address", ["/api/", "/api/nothing/", "/api/studies", "/api/studies/x/", f"/api/{SECRET}"]
)
def test_an_unknown_address_is_a_problem_for_everybody(address, alices, client):
    problem(alices.get(address), 404)
    problem(client.get(address), 404)


@pytest.mark.parametrize("number", ["0", "999999", "9" * 30])
def test_an_absent_row_is_a_problem(number, alices):
    problem(alices.get(f"/api/studies/{number}/"), 404)


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "post", "trace"])
def test_a_method_that_is_not_offered_is_a_problem_that_lists_those_that_are(method, alices):
    answer = getattr(alices.client, method)("/api/studies/")
    problem(answer, 405)
    assert answer["Allow"] == "GET, HEAD, OPTIONS"


def test_an_unacceptable_media_type_is_a_problem(alices):
    problem(alices.client.get("/api/studies/", headers={"Accept": "text/csv"}), 406)
    problem(alices.client.get("/api/schema/", headers={"Accept": "text/csv"}), 406)


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", "application/xml"])
def test_a_body_that_is_not_json_is_a_problem(content_type, alices):
    problem(alices.client.post("/api/crawls/", SECRET, content_type=content_type), 415)


@pytest.mark.parametrize(
    "body",
    [
        "{",
        f'{{"source": {SECRET}}}',
        '{"source": NaN}',
        "[" * 50_000,
        '"\ud800"'.encode("utf-8", "surrogatepass"),
    ],
)
def test_malformed_json_is_a_problem(body, alices):
    problem(alices.client.post("/api/crawls/", body, content_type="application/json"), 400)


def test_a_body_that_is_too_large_is_a_problem(alices):
    body = json.dumps({"source": SECRET * 10_000})
    problem(alices.client.post("/api/crawls/", body, content_type="application/json"), 413)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/source"),
        ({"source": SECRET}, "/source"),
        ({"source": True}, "/source"),
        ({"source": "1"}, "/source"),
        ({"source": 2**70}, "/source"),
        ({"source": 999_999}, "/source"),
        ({"source": None}, "/source"),
        ([], ""),
    ],
)
def test_an_unusable_member_is_pointed_at(body, pointer, alices):
    errors = problem(alices.post("/api/crawls/", body), 400)["errors"]
    assert pointer in {error["pointer"] for error in errors}


def test_an_unknown_member_is_refused_rather_than_overlooked(alices, radiology):
    body = {"source": make_source(radiology).pk, "alow_empty": True}
    problem(alices.post("/api/crawls/", body), 400)


def test_an_unknown_cause_is_not_repeated(alices, radiology):
    body = {"source": make_source(radiology).pk, "cause": SECRET}
    problem(alices.post("/api/quarantine/retry/", body), 400)


def test_too_many_requests_say_when_to_come_back(alices, settings):
    settings.API_RATE = (0, 3600)
    answer = alices.get("/api/studies/")
    problem(answer, 429)
    assert 1 <= int(answer["Retry-After"]) <= 3600


def test_the_requests_of_one_person_do_not_slow_another(alices, bobs, settings):
    settings.API_RATE = (2, 86400)
    assert [alices.get("/api/collections/").status_code for _ in range(3)] == [200, 200, 429]
    assert bobs.get("/api/collections/").status_code == 200


@pytest.mark.parametrize("error", [OperationalError(SECRET), RedisUnreachable(SECRET)])
def test_a_service_that_does_not_answer_is_named_as_passing(error, caplog):
    answer = problem_response(error, {"request": APIRequestFactory().get("/")})
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert SECRET not in answer.content.decode() + caplog.text


@pytest.fixture
def logged(monkeypatch):
    """The records of the module's own logger, whatever other tests have done to logging in this process."""
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    monkeypatch.setattr(handler, "emit", records.append)
    monkeypatch.setattr(logging.root.manager, "disable", logging.NOTSET)
    monkeypatch.setattr(problems.logger, "disabled", False)
    monkeypatch.setattr(problems.logger, "handlers", [handler])
    problems.logger.setLevel(logging.ERROR)
    yield records
    problems.logger.setLevel(logging.NOTSET)


def test_a_defect_is_a_problem_without_its_text_and_logged_without_it(logged):
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        answer = problem_response(error, {"request": APIRequestFactory().get("/")})
    assert answer.status_code == 500
    assert SECRET not in answer.content.decode() + repr([vars(record) for record in logged])
    assert logged[0].error_class == "ValueError"
