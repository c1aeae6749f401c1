"""The pages of accounts: axe in both themes, narrow screens, one heading and a title of its own each."""

from datetime import timedelta

import pytest
from django.utils import timezone

from governance.actions.create_service_account import create_service_account
from governance.actions.give_grant import give_grant
from governance.actions.invite import Guest, invite
from governance.actions.issue_token import issue_token
from governance.models import Role, User
from governance.permissions import Job, Permission
from tests.journeys.conftest import PASSWORD
from tests.journeys.test_everybody_can_use_it import findings

NARROW = {"width": 320, "height": 700}


@pytest.fixture
def pages(steward, radiology) -> dict[str, str]:
    """A person, an auditor, a program, an invitation and tokens; the addresses that show them."""
    in_a_month = timezone.now() + timedelta(days=30)
    ingrid = User.objects.create(
        username="ingrid.solberg-lindqvist@audit.example.org",
        first_name="Ingrid",
        last_name="Solberg-Lindqvist",
        job="External auditor",
        kind=User.Kind.AUDITOR,
        active_until=in_a_month,
    )
    give_grant(ingrid, Job.AUDITOR, radiology, expires_at=in_a_month)
    program = create_service_account(
        "pacs-export", purpose="Nightly export", answerable=steward, actor=steward
    )
    for owner in (steward, program):
        scopes = [Permission.CATALOG_READ, Permission.SOURCE_READ]
        issue_token(owner, name="nightly report", expires_at=in_a_month, scopes=scopes, actor=steward)
    roles = [Role.objects.get(slug=Job.DATA_STEWARD.value)]
    invite(Guest(first_name="Grace", last_name="Hopper", roles=roles), actor=steward)
    return {
        "account": "/account",
        "password": "/account/password",
        "tokens": "/account/tokens",
        "second factors": "/account/second-factors",
        "app": "/account/second-factors/app",
        "key": "/account/second-factors/key",
        "people": "/people",
        "nobody": "/people?q=nobody-at-all",
        "person": f"/people/{ingrid.username}",
        "program": "/people/pacs-export",
        "its tokens": "/people/pacs-export/tokens",
        "invitations": "/people/invitations",
        "new program": "/people/services/new",
    }


@pytest.fixture
def open_pages(transactional_db) -> dict[str, str]:
    """What people see who are not signed in."""
    roles = [Role.objects.get(slug=Job.ADMINISTRATOR.value)]
    secret = invite(Guest(first_name="Grace", roles=roles), actor=None).secret
    return {"invitation": f"/invitation/{secret}", "ended": "/sign-in?ended=idle&next=/studies"}


def test_axe_finds_nothing_serious_on_the_pages_of_accounts(visit, pages, open_pages):
    visitor = visit()
    problems, titles = {}, set()
    for name, address in open_pages.items():
        visitor.go(address)
        problems[name] = findings(visitor.page)
    visitor.sign_in("alice")
    for name, address in pages.items():
        visitor.go(address)
        problems[name] = findings(visitor.page)
        assert visitor.page.locator("h1").count() == 1, name
        titles.add(visitor.page.title())
    assert {name: found for name, found in problems.items() if found} == {}
    assert len(titles) == len(pages) - 1  # people have one title, with rows and without


def test_the_pages_of_accounts_fit_a_screen_of_320_pixels(visit, pages, open_pages):
    visitor = visit(viewport=NARROW)
    wide = []

    def look(found: dict[str, str]) -> None:
        for name, address in found.items():
            visitor.go(address)
            if visitor.page.evaluate("document.documentElement.scrollWidth") > NARROW["width"]:
                wide.append(name)

    look(open_pages)
    visitor.sign_in("alice")
    look(pages)
    assert wide == []


def test_an_auditor_s_banner_fits_and_is_readable(visit, pages):
    ingrid = User.objects.get(first_name="Ingrid")
    ingrid.set_password(PASSWORD)
    ingrid.save()
    visitor = visit(viewport=NARROW)
    visitor.sign_in(ingrid.username)
    visitor.page.get_by_text("Read-only until").wait_for()
    assert findings(visitor.page) == []
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
