"""Accessibility of every page: axe in both themes, narrow screens, the keyboard, and no script at all."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from governance.models import User
from tests.web.conftest import shelf
from tests.web.pages import addresses

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Answers to programs and parts of pages.
NO_PAGES = {"studies-csv", "studies-zip", "tasks", "study-facets", "crawl-progress"}


@pytest.fixture
def pages(radiology) -> dict[str, str]:
    held = shelf(radiology)
    found = {name: address for name, address in addresses(held).items() if name not in NO_PAGES}
    return {**found, "no match": "/studies?modality=XA", "not found": "/nowhere", "causes": "/quarantine"}


def findings(page: Page) -> list[str]:
    """Return what axe holds against a page: every rule in the light, what depends on colour in the dark."""
    found = []
    themes: tuple[tuple[Literal["light", "dark"], list[str]], ...] = (("light", RULES), ("dark", ["wcag2aa"]))
    for theme, rules in themes:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        options = {"runOnly": {"type": "tag", "values": rules}, "resultTypes": ["violations"]}
        violations = Axe().run(page, options=options).response["violations"]
        serious = [one for one in violations if one["impact"] in {"serious", "critical"}]
        found += [f"{theme}: {one['id']}: {one['nodes'][0]['html'][:160]}" for one in serious]
    return found


def test_axe_finds_nothing_serious_on_any_page_in_both_themes(visit, steward, pages):
    visitor = visit()
    visitor.go("/sign-in")
    problems = {"sign-in": findings(visitor.page)}
    visitor.sign_in("alice")
    titles = set()
    for name, address in pages.items():
        visitor.go(address)
        problems[name] = findings(visitor.page)
        assert visitor.page.locator("h1").count() == 1, name
        titles.add(visitor.page.title())
    visitor.complaints.clear()  # the page that is not found
    assert {name: found for name, found in problems.items() if found} == {}
    assert len(titles) == len(pages) - 1  # the study list has one title, with rows and without


def test_no_page_scrolls_sideways_on_a_screen_of_320_pixels(visit, steward, pages):
    visitor = visit(viewport={"width": 320, "height": 700})
    visitor.sign_in("alice")
    wide = []
    for name, address in pages.items():
        visitor.go(address)
        if visitor.page.evaluate("document.documentElement.scrollWidth") > 320:
            wide.append(name)
    visitor.complaints.clear()
    assert wide == []


def test_the_keyboard_reaches_what_the_mouse_does(visit, steward, pages):
    visitor = visit()
    visitor.sign_in("alice")
    page = visitor.page
    visitor.go("/studies")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    reached = set()
    for _step in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent.trim()"))
    assert {"Columns", "Export"} <= reached
    assert any(text.startswith("CT-") for text in reached)

    visitor.go("/")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/studies")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent").startswith("CT-")
    page.keyboard.press("Shift+?")
    expect(page.get_by_role("heading", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_label("Go to a code")).to_be_focused()
    page.keyboard.press("g")
    page.keyboard.press("h")
    assert page.get_by_label("Go to a code").input_value() == "gh"


def test_shortcuts_can_be_turned_off(visit, steward, pages):
    User.objects.update(preferences={"shortcuts": "off"})
    visitor = visit()
    visitor.sign_in("alice")
    visitor.page.keyboard.press("g")
    visitor.page.keyboard.press("c")
    visitor.page.wait_for_timeout(300)
    assert visitor.page.url == visitor.base + "/"


def test_a_focused_element_is_never_under_the_bar(visit, steward, pages):
    visitor = visit(viewport={"width": 1280, "height": 400})
    visitor.sign_in("alice")
    page = visitor.page
    visitor.go(pages["instance"])
    covered = """() => { const it = document.activeElement.getBoundingClientRect();
        return document.activeElement.closest('main') && it.height > 0 && it.top < 48 && it.bottom <= 48; }"""
    for _step in range(50):
        page.keyboard.press("Tab")
        assert not page.evaluate(covered)
    for _step in range(30):
        page.keyboard.press("Shift+Tab")
        assert not page.evaluate(covered)


def test_everything_works_without_a_script(visit, steward, pages, radiology, tmp_path):
    (tmp_path / "IM1").write_text("no DICOM")
    visitor = visit(java_script_enabled=False)
    visitor.sign_in("alice")
    page = visitor.page
    visitor.go("/studies")
    page.locator(".facets").get_by_role("link", name="CT").first.click()
    expect(page.get_by_text("Modality: CT")).to_be_visible()
    visitor.go(pages["instance"])
    page.get_by_label("Filter by tag, keyword or shown value").fill("modality")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("PatientName")).to_have_count(0)
    visitor.go("/sources/add")
    page.get_by_label("Name").fill("Archive")
    page.get_by_label("Folder").fill(str(tmp_path))
    page.get_by_role("button", name="Test and preview").click()
    expect(page.get_by_text("Not a DICOM file")).to_be_visible()
    page.get_by_label("Account of").click()
    page.get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_targets_are_large_enough(visit, steward, pages):
    visitor = visit()
    visitor.sign_in("alice")
    small = """() => [...document.querySelectorAll('a, button, summary, input:not([type=hidden]), select')]
        .filter((it) => { const box = it.getBoundingClientRect();
            if (!it.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true})) return false;
            const inText = it.closest('p, dd, li > div, .crumbs');
            return box.width > 0 && !inText && (box.width < 24 || box.height < 24) && it.type !== 'checkbox'; })
        .map((it) => it.outerHTML.slice(0, 120))"""
    for name, address in pages.items():
        visitor.go(address)
        assert visitor.page.evaluate(small) == [], name
    visitor.complaints.clear()
