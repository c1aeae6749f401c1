"""Somebody reads the API's documentation in a browser and tries a request there."""

from django.conf import settings
from playwright.sync_api import expect

from tests.factories import make_study
from tests.journeys.test_everybody_can_use_it import findings


def test_the_documentation_shows_every_resource_under_the_strict_policy(visit, steward, radiology):
    study = make_study(radiology)
    visitor = visit()
    visitor.sign_in("alice")
    answer = visitor.page.goto(f"{visitor.base}/api/docs/")
    assert answer.headers["content-security-policy"] == settings.CONTENT_SECURITY_POLICY
    expect(visitor.page.locator(".opblock-tag").first).to_be_visible()
    shown = visitor.page.locator(".opblock-tag").all_inner_texts()
    assert {"studies", "sources", "quarantine"} <= {text.split()[0] for text in shown}
    assert findings(visitor.page) == []

    operation = visitor.page.locator("#operations-studies-studies_list")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    assert findings(visitor.page) == []
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table")).to_contain_text(study.code)
