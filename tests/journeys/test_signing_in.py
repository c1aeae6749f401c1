"""From an invitation to a first page, with a security key in a real browser."""

from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator

from governance.actions.invite import Guest, invite
from governance.models import Role, User
from governance.permissions import Job
from tests.journeys.conftest import PASSWORD


@pytest.fixture(autouse=True)
def forced_by_roles(settings):
    settings.SECOND_FACTOR = "ROLES"


def with_security_key(visitor) -> None:
    """Plug a key into the browser that answers by itself."""
    session = visitor.context.new_cdp_session(visitor.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_in(visitor, name: str) -> None:
    visitor.page.get_by_label("User name").fill(name)
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.page.get_by_role("button", name="Sign in", exact=True).click()


def test_an_invited_administrator_sets_up_a_key_and_signs_in_with_it(visit, transactional_db):
    role = Role.objects.get(slug=Job.ADMINISTRATOR.value)
    secret = invite(Guest(first_name="Grace", last_name="Hopper", roles=[role]), actor=None).secret
    grace = visit()
    with_security_key(grace)
    grace.go(f"/invitation/{secret}")
    grace.page.get_by_label("User name").fill("grace")
    grace.page.get_by_label("New password").fill(PASSWORD)
    grace.page.get_by_label("The same again").fill(PASSWORD)
    grace.page.get_by_role("button", name="Make my account").click()
    sign_in(grace, "grace")

    grace.page.get_by_text("Your role needs a second factor.").wait_for()
    grace.page.get_by_role("link", name="Add a key").click()
    grace.page.get_by_label("Name of the key").fill("Blue")
    grace.page.get_by_role("button", name="Use this key").click()
    grace.page.get_by_text("This is the only time they are shown").wait_for()
    assert Authenticator.objects.filter(user__username="grace", type="webauthn").exists()
    grace.page.get_by_role("link", name="Done").click()
    grace.page.get_by_text("Blue").wait_for()

    grace.page.get_by_label("Account of Grace Hopper").click()
    grace.page.get_by_role("button", name="Sign out").click()
    sign_in(grace, "grace")
    grace.page.get_by_role("button", name="Use a security key").click()
    grace.page.wait_for_url(grace.base + "/")
    assert User.objects.get(username="grace").last_login is not None


def test_a_key_that_does_not_answer_is_said_on_the_page(visit, steward):
    alice = visit()
    alice.go("/sign-in")
    sign_in(alice, "alice")
    alice.page.get_by_role("link", name="Add a key").click()
    # What a browser says whose owner presses Cancel.
    cancelled = "() => { navigator.credentials.create = () => Promise.reject(new Error('cancelled')); }"
    alice.page.evaluate(cancelled)
    alice.page.get_by_role("button", name="Use this key").click()
    alice.page.get_by_text("No key answered, or it was cancelled.").wait_for()
    assert urlsplit(alice.page.url).path == "/account/second-factors/key"
