"""Invitations: a link that works once, and gives what whoever made it may give."""

import re
import threading
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections
from django.test import Client
from django.utils import timezone

from governance.access import can
from governance.actions.accept_invitation import NoInvitation, accept_invitation
from governance.actions.give_grant import give_grant
from governance.actions.invite import Guest, invite
from governance.audit.events import Event
from governance.models import AuditEvent, Grant, Invitation, Role, User
from governance.permissions import Job, Permission
from tests.web.conftest import signed_in

PASSWORD = "correct horse battery"
FILLED = {"first_name": "Grace", "last_name": "Hopper", "kind": "person"}


def role(job: Job) -> Role:
    return Role.objects.get(slug=job.value)


def invited(client: Client, **told) -> str:
    """Invite somebody on the page, and return the path of the link."""
    body = client.post("/people/invitations", {**FILLED, **told}).content.decode()
    return urlsplit(re.search(r"http://testserver(/invitation/[\w-]+)", body)[0]).path


def accepted(path: str, name: str = "grace"):
    return Client().post(path, {"username": name, "password": PASSWORD, "again": PASSWORD})


def test_who_follows_the_link_has_an_account_with_the_role(alice, radiology):
    path = invited(signed_in(alice), role=role(Job.DATA_STEWARD).pk, collection=radiology.pk)
    assert "Data steward on Radiology" in Client().get(path).content.decode()
    assert accepted(path)["Location"] == "/sign-in"
    grace = User.objects.get(username="grace")
    assert str(grace) == "Grace Hopper"
    assert can(grace, Permission.CRAWL_CONTROL, radiology)
    assert Grant.objects.get(user=grace).given_by == alice
    client = Client()
    client.post("/sign-in", {"username": "grace", "password": PASSWORD})
    assert client.get("/sources").status_code == 200
    for event in (Event.USER_INVITED, Event.USER_CREATED, Event.INVITATION_ACCEPTED, Event.GRANT_GIVEN):
        assert AuditEvent.objects.filter(event=event).exists(), event


def test_a_link_works_once(alice):
    path = invited(signed_in(alice))
    accepted(path)
    assert accepted(path, "mallory").status_code == 404
    assert Client().get(path).status_code == 404
    assert not User.objects.filter(username="mallory").exists()


def test_the_link_is_shown_once_and_not_stored(alice):
    client = signed_in(alice)
    secret = invited(client).rpartition("/")[2]
    assert secret not in client.get("/people/invitations").content.decode()
    assert secret not in " ".join(str(value) for value in vars(Invitation.objects.get()).values())
    assert secret.encode() not in b"".join(bytes(each.payload) for each in AuditEvent.objects.all())


def test_a_link_is_over_after_seven_days(alice):
    path = invited(signed_in(alice))
    Invitation.objects.update(expires_at=timezone.now())
    assert accepted(path).status_code == 404


def test_a_link_that_was_withdrawn_opens_nothing(alice):
    client = signed_in(alice)
    path = invited(client)
    client.post(f"/people/invitations/{Invitation.objects.get().pk}/withdraw")
    assert accepted(path).status_code == 404
    assert AuditEvent.objects.filter(event=Event.INVITATION_WITHDRAWN).exists()


def test_what_whoever_invited_may_not_give_any_more_is_not_given(alice, radiology):
    path = invited(signed_in(alice), role=role(Job.DATA_STEWARD).pk, collection=radiology.pk)
    Grant.objects.filter(user=alice).update(revoked_at=timezone.now())
    assert accepted(path).status_code == 404
    assert not User.objects.filter(username="grace").exists()


def test_who_may_not_give_access_invites_without_a_role_only(db, alice, radiology):
    Role.objects.create(slug="host", name="Host", permissions=[Permission.USER_MANAGE.value])
    host = User.objects.create(username="host")
    give_grant(host, Role.objects.get(slug="host"))
    with pytest.raises(PermissionDenied):
        invite(Guest(roles=[role(Job.RESEARCHER)], collection=radiology), actor=host)
    assert invite(Guest(first_name="Grace"), actor=host).invitation.pk


def test_who_may_not_manage_people_invites_nobody(bob):
    assert signed_in(bob).post("/people/invitations", FILLED).status_code == 403
    with pytest.raises(PermissionDenied):
        invite(Guest(), actor=bob)


def test_an_auditor_is_invited_with_an_end_within_a_year(alice):
    client = signed_in(alice)
    body = client.post("/people/invitations", {**FILLED, "kind": "auditor"}).content.decode()
    assert "has an end" in body
    far = timezone.now() + timedelta(days=400)
    for until in (None, far, timezone.now()):
        with pytest.raises(ValidationError):
            invite(Guest(kind="auditor", active_until=until), actor=alice)
    day = (timezone.now() + timedelta(days=30)).date()
    accepted(invited(client, kind="auditor", active_until=day.isoformat(), role=role(Job.AUDITOR).pk))
    grace = User.objects.get(username="grace")
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    assert (grace.kind, grace.active_until) == ("auditor", end)
    assert Grant.objects.get(user=grace).expires_at == end


def test_a_service_account_cannot_be_invited(alice):
    with pytest.raises(ValidationError):
        invite(Guest(kind="service"), actor=alice)


def test_a_name_that_is_taken_is_refused_and_the_link_still_works(alice):
    path = invited(signed_in(alice))
    assert "This name is taken" in accepted(path, "ALICE").content.decode()
    assert accepted(path).status_code == 302


def test_a_password_that_others_guess_makes_no_account(alice):
    path = invited(signed_in(alice))
    told = {"username": "grace", "password": "password1234", "again": "password1234"}
    assert "too common" in Client().post(path, told).content.decode()
    assert not User.objects.filter(username="grace").exists()


def test_the_link_s_secret_is_in_no_referer(alice):
    """Nothing of the page leads elsewhere, and browsers send our addresses to nobody else."""
    answer = Client().get(invited(signed_in(alice)))
    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_follow_one_link_at_once_one_has_an_account():
    secret = invite(Guest(first_name="Grace"), actor=None).secret
    ready, outcomes = threading.Barrier(2), []

    def follow(name: str) -> None:
        ready.wait()
        try:
            accept_invitation(secret, username=name, password=PASSWORD)
            outcomes.append("made")
        except NoInvitation:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=follow, args=[name]) for name in ("first", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", "refused"]
    assert User.objects.count() == 1
