"""The page that documents the API works in a real browser under the strict content security policy."""

import shutil

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, sync_playwright

from catalog.models import Study


@pytest.fixture
def page(transactional_db, alice, live_server, monkeypatch):
    """A Chromium in which Alice is signed in."""
    # Playwright's event loop makes Django believe that the test itself runs in one.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    browser_session = Client()
    browser_session.force_login(alice)
    cookie = browser_session.cookies[settings.SESSION_COOKIE_NAME].value
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = chromium.new_context()
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        yield context.new_page()
        chromium.close()


@pytest.mark.browser
def test_the_documentation_shows_every_resource_without_a_complaint_of_the_browser(page: Page, live_server):
    complaints: list[str] = []
    requested: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requested.append(request.url))
    answer = page.goto(f"{live_server.url}/api/docs/")
    assert answer is not None
    assert answer.headers["content-security-policy"] == settings.CONTENT_SECURITY_POLICY
    page.wait_for_selector(".opblock-tag-section")
    shown = page.locator(".opblock-tag").all_inner_texts()
    assert {"studies", "sources", "quarantine"} <= {text.strip().split()[0] for text in shown}
    page.locator("#operations-studies-studies_list .opblock-summary-control").click()
    page.wait_for_selector("#operations-studies-studies_list .parameters")
    assert complaints == []
    assert all(address.startswith((live_server.url, "data:")) for address in requested)
    assert not Study.objects.exists()
