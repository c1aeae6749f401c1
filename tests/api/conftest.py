"""Programs that speak to the API: a token each, and JSON both ways."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from governance.actions.give_grant import give_grant
from governance.actions.issue_token import issue_token
from governance.models import Role, User
from governance.permissions import Job
from tests.factories import make_crawl, make_instance, make_quarantine, make_series, make_source, make_study


class Caller:
    """Somebody's program, signed in by token."""

    def __init__(self, user: User) -> None:
        self.secret = issue_token(user, name="test", expires_at=timezone.now() + timedelta(days=1))
        self.client = Client(headers={"Authorization": f"Bearer {self.secret}"})

    def get(self, address: str, **query: Any) -> Any:
        return self.client.get(address, query)

    def post(self, address: str, body: Any = None) -> Any:
        return self.client.post(address, body if body is not None else {}, content_type="application/json")

    def patch(self, address: str, body: Any) -> Any:
        return self.client.patch(address, body, content_type="application/json")


@pytest.fixture(autouse=True)
def _own_counters(settings) -> None:
    """Test users get the same ids again and again, so the requests of tests and runs would add up."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": uuid.uuid4().hex}}
    settings.API_RATE = (1_000_000, 60)


@pytest.fixture
def alices(alice) -> Caller:
    return Caller(alice)


@pytest.fixture
def bobs(bob) -> Caller:
    return Caller(bob)


@pytest.fixture
def charlies(charlie) -> Caller:
    return Caller(charlie)


@pytest.fixture
def holdings(radiology) -> dict[str, Any]:
    """One of everything in radiology."""
    source = make_source(radiology)
    study = make_study(radiology)
    series = make_series(study)
    instance = make_instance(series, source=source)
    return {
        "collections": radiology,
        "patients": study.patient,
        "studies": study,
        "series": series,
        "instances": instance,
        "headers": instance.header,
        "sources": source,
        "crawls": make_crawl(source),
        "quarantine": make_quarantine(source),
        "roles": Role.objects.get(slug=Job.RESEARCHER),
        "grants": give_grant(User.objects.create(username="reader"), Job.RESEARCHER, radiology),
    }
