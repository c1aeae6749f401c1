"""The audit trail at a browser: everybody can use it, and it says what it found without being asked again."""

import pytest

from governance import tasks
from governance.actions.give_grant import give_grant
from governance.actions.record import Thing
from governance.audit.events import Event
from governance.models import AuditEvent, User
from governance.patients import NamedPatient
from governance.permissions import Job
from governance.trail.patient_report import token_of
from tests.journeys.conftest import PASSWORD
from tests.journeys.test_everybody_can_use_it import findings
from tests.web.trail_events import happened

HASHED = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def overseer(transactional_db) -> User:
    user = User.objects.create_user("ingrid", password=PASSWORD, first_name="Ingrid", last_name="Solberg")
    give_grant(user, Job.AUDITOR)
    return user


@pytest.fixture
def pages(overseer, radiology) -> dict[str, str]:
    """Each page of the trail, with something on it."""
    event = happened(
        Event.LENS_OPENED,
        actor=overseer,
        collection=radiology,
        purpose="incident",
        patients=(HASHED,),
        things=(Thing("user", overseer.pk),),
        correlation="abcdefabcdef",
    )
    happened(actor=overseer, collection=radiology, correlation="abcdefabcdef")
    return {
        "events": "/audit",
        "none": "/audit?correlation=000000000000",
        "event": f"/audit/{event.pk}",
        "verify": "/audit/verify",
        "ask": "/audit/patients",
        "patient": f"/audit/patients/{token_of(NamedPatient(HASHED, ()))}",
        "person": "/audit/people/ingrid",
    }


def test_axe_finds_nothing_serious_on_the_pages_of_the_trail(visit, pages):
    visitor = visit()
    visitor.sign_in("ingrid")
    problems = {}
    for name, address in pages.items():
        visitor.go(address)
        problems[name] = findings(visitor.page)
        assert visitor.page.locator("h1").count() == 1, name
    assert {name: found for name, found in problems.items() if found} == {}


def test_no_page_of_the_trail_scrolls_sideways_on_320_pixels(visit, pages):
    visitor = visit(viewport={"width": 320, "height": 700})
    visitor.sign_in("ingrid")
    wide = []
    for name, address in pages.items():
        visitor.go(address)
        if visitor.page.evaluate("document.documentElement.scrollWidth") > 320:
            wide.append(name)
    assert wide == []


def test_a_verification_is_followed_until_it_has_ended(visit, overseer, settings, monkeypatch):
    settings.AUDIT_ANCHORS, settings.AUDIT_PUBLIC_KEY = "", ""
    jobs: list[dict[str, int]] = []
    monkeypatch.setattr("governance.tasks.verify_audit.delay", lambda **given: jobs.append(given))
    monkeypatch.setattr("governance.actions.verify_audit.verifying_key", lambda: "test+00000000+AQ==")
    visitor = visit()
    visitor.sign_in("ingrid")
    visitor.go("/audit/verify")
    visitor.page.get_by_role("button", name="Verify now").click()
    visitor.page.locator("live-poll#panel").wait_for()
    tasks.verify_audit.run(**jobs[0])
    visitor.page.locator("div#panel").wait_for()
    assert AuditEvent.objects.filter(event=Event.AUDIT_VERIFIED).exists()


def test_filters_work_without_a_script(visit, overseer, pages):
    visitor = visit(java_script_enabled=False)
    visitor.sign_in("ingrid")
    visitor.go("/audit")
    visitor.page.locator("#f-event").select_option("lens.opened")
    visitor.page.get_by_role("button", name="Add filters").click()
    assert "event=lens.opened" in visitor.page.url
    said = visitor.page.locator("[data-row] td:first-of-type").all_inner_texts()
    assert said
    assert all(text.startswith("Lens opened") for text in said)
