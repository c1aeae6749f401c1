"""User names that would break an address or a filter: nobody gets one, and accounts that have one are found."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.urls import get_resolver, reverse
from django.utils import timezone

from governance.actions.accept_invitation import accept_invitation
from governance.actions.create_account import create_account
from governance.actions.create_service_account import create_service_account
from governance.actions.give_grant import give_grant
from governance.actions.invite import Guest, invite
from governance.actions.issue_token import issue_token
from governance.actions.link_identity import link_identity
from governance.actions.record import record
from governance.audit.events import Event
from governance.models import Grant, User
from governance.permissions import Job
from governance.usernames import RESERVED, check_username, from_address, in_address
from tests.web.conftest import signed_in

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
ODD = [
    "-",
    ".",
    "..",
    "invitations",
    "Services",
    "a/b",
    "a?b",
    "a#b",
    "a b",
    "a%2fb",
    "~61",
    "",
    "x" * 151,
    "a\n",
]


@pytest.mark.parametrize("name", ODD)
def test_no_way_in_gives_anybody_a_name_that_an_address_cannot_hold(name, alice):
    secret = invite(Guest(first_name="A"), actor=alice).secret
    ways = [
        lambda: accept_invitation(secret, username=name, password=PASSWORD),
        lambda: create_account(name, roles=[], password=PASSWORD),
        lambda: create_service_account(name, purpose="Exports", answerable=alice, actor=alice),
    ]
    for way in ways:
        with pytest.raises(ValidationError):
            way()
    assert list(User.objects.all()) == [alice]


@pytest.mark.parametrize("name", ["-", "invitations", "a/b"])
def test_forms_and_the_command_say_what_is_wrong_with_a_name(name, alice, client, monkeypatch):
    told = {"username": name, "purpose": "Exports", "answerable": alice.pk}
    assert "name" in signed_in(alice).post("/people/services/new", told).context["form"].errors["username"][0]
    link = reverse("invitation", args=[invite(Guest(first_name="A"), actor=alice).secret])
    answer = client.post(link, {"username": name, "password": PASSWORD, "again": PASSWORD})
    assert "name" in answer.context["form"].errors["username"][0]
    monkeypatch.setattr("getpass.getpass", lambda _prompt: PASSWORD)
    with pytest.raises(CommandError, match="name"):
        call_command("account", "--", name)


@pytest.mark.parametrize("email", ["o'brien@example.org", "a/b@example.org", "-@example.org"])
def test_an_account_made_for_the_provider_has_a_name_that_addresses_hold(settings, email):
    settings.OIDC_CREATE = True
    made = link_identity(provider="oidc", subject="1", email=email, names=("A", "B"))
    check_username(made.username)
    assert made.email == email


@pytest.mark.parametrize("name", [*(each for each in ODD if each), "ada", "ada@example.org", "Ärztin", "~zz"])
def test_every_name_is_told_from_its_form_in_an_address(name):
    assert from_address(in_address(name)) == name
    assert in_address(name) != "-"


def test_every_page_below_people_is_kept_from_user_names():
    routes = [str(pattern.pattern) for part in get_resolver().url_patterns for pattern in _inner(part)]
    first = {route.split("/")[1] for route in routes if route.startswith("people/")}
    assert {part for part in first if not part.startswith("<")} == RESERVED


def _inner(part):
    return getattr(part, "url_patterns", [part])


@pytest.mark.parametrize("name", ["-", "..", "invitations", "a/b", "a?b#c"])
def test_an_account_that_has_such_a_name_already_is_found_and_looked_after(name, alice, bob, radiology):
    User.objects.filter(pk=bob.pk).update(username=name)
    give_grant(alice, Job.COMPLIANCE_OFFICER)
    client = signed_in(alice)
    page = client.get("/people").content.decode()
    address = reverse("person", args=[name])
    assert f'href="{address}"' in page
    assert client.get(address).context["person"] == bob
    for reached in ("audit:person", "access:seen-by"):
        assert client.get(reverse(reached, args=[name])).context["person"] == bob
    assert client.get(reverse("access:grant", args=[Grant.objects.get(user=bob).pk])).status_code == 200
    client.post(reverse("person-deactivate", args=[name]))
    assert not User.objects.get(pk=bob.pk).is_active


@pytest.mark.parametrize("part", ["~00", "ada~00", "~61646100", "%00", "ada%00"])
def test_an_address_with_what_no_name_can_hold_leads_nowhere(part, alice):
    give_grant(alice, Job.COMPLIANCE_OFFICER)
    client = signed_in(alice)
    for address in (f"/people/{part}", f"/audit/people/{part}", f"/access/seen-by/{part}"):
        assert client.get(address).status_code == 404
    assert client.get(f"/audit?person={part}").status_code == (400 if "%00" in part else 200)


def test_the_trail_tells_nobody_from_somebody_whose_name_is_a_dash(alice, bob):
    User.objects.filter(pk=bob.pk).update(username="-")
    give_grant(alice, Job.COMPLIANCE_OFFICER)
    record(Event.AUDIT_VERIFIED, actor=User.objects.get(pk=bob.pk))
    record(Event.AUDIT_VERIFIED, actor=None)
    secret = issue_token(alice, name="t", expires_at=timezone.now() + timedelta(days=1))

    def actors(person: str) -> set:
        answer = signed_in(alice).get(
            f"/api/audit-events/?person={person}&event=audit.verified",
            headers={"Authorization": f"Bearer {secret}"},
        )
        by_api = {event["actor"] for event in answer.json()["results"]}
        page = signed_in(alice).get(f"/audit?person={person}&event=audit.verified")
        assert {line.event.actor_id for line in page.context["lines"]} == by_api
        return by_api

    assert actors("-") == {None}
    assert actors(in_address("-")) == {bob.pk}
