"""The access pages in a browser: two presses to approve, with the keyboard, on a phone, and nothing serious for axe."""

import pytest
from playwright.sync_api import expect

from catalog.actions.prepare_demo import prepare_demo
from governance.actions.break_glass import break_glass
from governance.models import AccessRequest, AccessReview, Grant, Role, User
from tests.journeys.conftest import PASSWORD
from tests.journeys.test_everybody_can_use_it import findings


@pytest.fixture(autouse=True)
def demo(transactional_db, settings, tmp_path) -> None:
    """The demo's people, with a request that waits and a review under way; they sign in as in the demo."""
    settings.SECOND_FACTOR = "OFF"
    prepare_demo(tmp_path)
    for user in User.objects.all():
        user.set_password(PASSWORD)
        user.save()


def test_a_request_is_approved_with_two_presses_and_opens_what_was_asked_for(visit):
    waiting = AccessRequest.objects.get(state="open")
    officer = visit()
    officer.sign_in("compliance")
    officer.go("/access")
    officer.page.get_by_role("link", name="Charlie Nakamura", exact=True).click()
    officer.page.get_by_role("button", name="Approve until").click()
    expect(officer.page.get_by_text("Approved. The access is there")).to_be_visible()
    waiting.refresh_from_db()
    assert waiting.grant == Grant.objects.get(user=waiting.requester, role=waiting.role)
    researcher = visit()
    researcher.sign_in("researcher")
    researcher.go("/sources")
    expect(researcher.page.get_by_role("link", name="Research release 2026")).to_be_visible()


def test_a_review_row_is_revoked_on_a_phone_without_a_script(visit):
    review = AccessReview.objects.get()
    phone = visit(viewport={"width": 390, "height": 800}, java_script_enabled=False)
    phone.sign_in("compliance")
    phone.go(f"/access/reviews/{review.pk}")
    row = phone.page.get_by_role("row").filter(has_text="Daniel Okafor")
    row.get_by_text("Revoke", exact=True).click()
    row.get_by_role("textbox", name="Reason").fill("Left the department")
    row.get_by_role("button", name="Revoke at once").click()
    expect(phone.page.get_by_text("Daniel Okafor: Revoke.")).to_be_visible()
    assert Grant.objects.get(user__username="steward").revoked_at is not None


def test_a_broken_glass_counts_down_on_every_page_and_ends_with_one_press(visit):
    root = User.objects.create_user("root", password=PASSWORD, is_superuser=True)
    break_glass(root, reason="Nobody else is there", minutes=10)
    visitor = visit()
    visitor.sign_in("root")
    banner = visitor.page.get_by_role("complementary", name="Broken glass")
    assert banner.locator("count-down").inner_text().startswith("9:")
    banner.get_by_role("button", name="End now").click()
    expect(banner).to_have_count(0)


def test_axe_finds_nothing_serious_on_the_access_pages_and_none_scrolls_sideways(visit):
    role = Role.objects.get(is_builtin=False)
    User.objects.create_user("newcomer", password=PASSWORD)
    by_person = {
        "newcomer": ["/"],
        "compliance": [
            "/access",
            f"/access/requests/{AccessRequest.objects.get(state='open').pk}",
            f"/access/reviews/{AccessReview.objects.get().pk}?show=all",
            "/access/explain?person=researcher&permission=catalog:read",
        ],
        "admin": ["/access/grants", "/access/grants/give", "/access/roles", f"/access/roles/{role.pk}"],
    }
    problems, wide = {}, []
    for name, addresses in by_person.items():
        visitor = visit(viewport={"width": 320, "height": 700})
        visitor.sign_in(name)
        for address in addresses:
            visitor.go(address)
            problems[address] = findings(visitor.page)
            if visitor.page.evaluate("document.documentElement.scrollWidth") > 320:
                wide.append(address)
    assert {address: found for address, found in problems.items() if found} == {}
    assert wide == []
