"""Broken glass: for superusers, for a reason, for an hour at most, and every request of it is written down."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from governance.access import can
from governance.actions.break_glass import break_glass, mend_glass
from governance.actions.issue_token import issue_token
from governance.actions.refusals import Refused
from governance.audit.events import Event
from governance.models import AuditEvent, BreakGlass, User
from governance.permissions import Permission

pytestmark = pytest.mark.django_db


@pytest.fixture
def superuser(db) -> User:
    return User.objects.create(username="root", is_superuser=True)


def steps() -> list[dict[str, object]]:
    events = AuditEvent.objects.filter(event=Event.BREAK_GLASS_USED.value).order_by("id")
    return [event.told["detail"] for event in events]


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_superuser_may_everything_for_the_time_they_named_and_nothing_after(superuser, radiology):
    assert not can(superuser, Permission.CATALOG_READ, radiology)
    glass = break_glass(superuser, reason="Fire", minutes=5)
    assert can(superuser, Permission.INSTALLATION_MANAGE)
    assert mend_glass(glass)
    assert not can(User.objects.get(pk=superuser.pk), Permission.CATALOG_READ, radiology)
    assert [step["step"] for step in steps()] == ["opened", "mended"]


def test_nobody_else_breaks_the_glass(alice, superuser):
    User.objects.filter(pk=superuser.pk).update(is_active=False)
    for user in (alice, User.objects.get(pk=superuser.pk)):
        with pytest.raises(PermissionDenied):
            break_glass(user, reason="Fire", minutes=5)


@pytest.mark.parametrize(("reason", "minutes"), [("", 5), ("Fire", 0), ("Fire", 61)])
def test_it_takes_a_reason_and_an_hour_at_most(reason, minutes, superuser):
    with pytest.raises(Refused):
        break_glass(superuser, reason=reason, minutes=minutes)


def test_a_broken_glass_cannot_be_broken_again_to_last_longer(superuser):
    break_glass(superuser, reason="Fire", minutes=60)
    with pytest.raises(Refused):
        break_glass(superuser, reason="Still", minutes=60)


def test_every_request_under_a_broken_glass_is_written_down_and_none_after(superuser, radiology):
    client = browser(superuser)
    client.get("/studies")
    glass = break_glass(superuser, reason="Fire", minutes=5)
    response = client.get("/studies")
    client.get("/nowhere")
    mend_glass(glass)
    client.get("/studies")
    assert steps()[1:3] == [
        {"step": "request", "view": "catalog:studies", "method": "GET", "status": 200},
        {"step": "request", "view": "", "method": "GET", "status": 404},
    ]
    assert len(steps()) == 4
    event = AuditEvent.objects.filter(event=Event.BREAK_GLASS_USED.value).order_by("id")[1]
    assert event.correlation == response["X-Request-ID"]
    assert event.participant_objects == [f"break_glass:{glass.pk}"]


def test_requests_by_token_are_written_down_as_well(superuser, radiology):
    break_glass(superuser, reason="Fire", minutes=5)
    secret = issue_token(superuser, name="t", expires_at=timezone.now() + timedelta(days=1))
    answer = Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/studies/")
    assert answer.status_code == 200
    assert steps()[-1]["view"] == "api:studies-list"


def test_an_hour_later_nothing_is_left_of_it(superuser, radiology):
    glass = break_glass(superuser, reason="Fire", minutes=60)
    past = timezone.now() - timedelta(seconds=1)
    BreakGlass.objects.filter(pk=glass.pk).update(expires_at=past)
    assert browser(superuser).get("/studies").status_code == 403
    assert not mend_glass(glass)
    assert len(steps()) == 1
