"""Changing a password: by who knows the present one, to one that is none of those that are guessed."""

import pytest
from django.test import Client

from governance.audit.events import Event
from governance.models import AuditEvent, User

PASSWORD = "correct horse battery"
NEW = "quartz elephant whistle"


@pytest.fixture
def ada(db) -> User:
    return User.objects.create_user("ada", password=PASSWORD, first_name="Ada", last_name="Lovelace")


def in_as(user: User) -> Client:
    client = Client()
    client.post("/sign-in", {"username": user.username, "password": PASSWORD})
    return client


def changed(client: Client, current: str = PASSWORD, new: str = NEW, again: str | None = None):
    told = {"current": current, "password": new, "again": new if again is None else again}
    return client.post("/account/password", told)


def test_the_new_password_counts_and_other_sessions_end(ada):
    here, there = in_as(ada), in_as(ada)
    assert changed(here)["Location"] == "/account"
    ada.refresh_from_db()
    assert ada.check_password(NEW)
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302
    told = AuditEvent.objects.filter(event=Event.PASSWORD_CHANGED).latest("id").told
    assert (told["actor"]["id"], told["objects"]) == (ada.pk, [f"user:{ada.pk}"])


def test_who_does_not_know_the_present_one_changes_nothing(ada):
    client = in_as(ada)
    assert "not your present password" in changed(client, current="wrong").content.decode()
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_guessing_the_present_one_locks_out(ada, settings):
    client = in_as(ada)
    for _ in range(settings.AXES_FAILURE_LIMIT):
        answer = changed(client, current="wrong")
    assert answer.status_code == 429
    changed(client)
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("new", "said"),
    [("few-zebras", "at least 12"), ("adalovelace12", "too similar"), ("password1234", "too common")],
)
def test_a_password_that_others_guess_is_refused(ada, new, said):
    body = changed(in_as(ada), new=new).content.decode()
    assert said in body
    assert new not in body


def test_two_that_differ_are_refused(ada):
    assert "not the same" in changed(in_as(ada), again="something else").content.decode()
