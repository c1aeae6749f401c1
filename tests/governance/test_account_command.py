"""`./isocenter account`: how the first administrator comes to be."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from governance.access import can
from governance.models import Collection, Grant, User
from governance.permissions import Permission

PASSWORD = "correct horse battery"


@pytest.fixture
def typed(monkeypatch):
    """What is typed at the prompts, one after the other."""
    answers: list[str] = []
    monkeypatch.setattr("getpass.getpass", lambda _prompt: answers.pop(0))
    return answers


def run(*words: str) -> str:
    out = StringIO()
    call_command("account", *words, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_first_administrator_can_do_what_an_administrator_does(db, typed):
    typed += [PASSWORD, PASSWORD]
    run("root", "--role", "administrator")
    user = User.objects.get(username="root")
    assert user.check_password(PASSWORD)
    assert can(user, Permission.USER_MANAGE)
    assert not user.is_superuser


def test_it_asks_again_while_the_password_will_not_do(db, typed):
    typed += [PASSWORD, "another one", "password1234", "password1234", PASSWORD, PASSWORD]
    run("root", "--role", "administrator")
    assert User.objects.get(username="root").check_password(PASSWORD)


def test_it_makes_nothing_without_a_password_that_will_do(db, typed):
    typed += ["short", "short"] * 3
    with pytest.raises(CommandError):
        run("root")
    assert not User.objects.exists()


def test_an_account_that_is_there_keeps_its_password_and_gets_the_roles(bob, typed):
    Collection.objects.create(name="Cardiology")
    run("bob", "--role", "researcher", "--role", "auditor", "--collection", "Cardiology")
    held = Grant.objects.filter(user=bob, collection__name="Cardiology").values_list("role__slug", flat=True)
    assert set(held) == {"auditor", "researcher"}


def test_an_invitation_asks_for_nothing_and_prints_a_link(db, typed):
    path = run("root", "--role", "administrator", "--invite").strip()
    assert re.fullmatch(r"/invitation/[\w-]{43}", path)
    Client().post(path, {"username": "root", "password": PASSWORD, "again": PASSWORD})
    assert can(User.objects.get(username="root"), Permission.USER_MANAGE)


@pytest.mark.parametrize("words", [("--role", "emperor"), ("--collection", "Nowhere")])
def test_what_is_not_there_is_said(db, typed, words):
    with pytest.raises(CommandError, match="There is no"):
        run("root", *words)
    assert not User.objects.exists()
