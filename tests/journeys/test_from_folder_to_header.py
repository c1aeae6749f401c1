"""The main way through: sign in, connect a folder, watch its crawl, and look at a header."""

import os
import re
from pathlib import Path

from playwright.sync_api import expect

from tests.catalog.crawl.conftest import LONG_AGO, write_object


def fill(folder: Path) -> Path:
    for number in range(1, 6):
        write_object(folder / f"{number}.dcm", number=number, StudyDescription="CT chest")
    (folder / "note.txt").write_text("not DICOM")
    # A file that was written a moment ago would wait.
    os.utime(folder / "note.txt", (LONG_AGO, LONG_AGO))
    return folder


def test_from_a_folder_to_a_header(visit, steward, radiology, worker, tmp_path):
    folder = fill(tmp_path / "archive")
    visitor = visit()
    visitor.sign_in("alice")
    page = visitor.page
    expect(page.get_by_role("heading", name="The catalogue is empty")).to_be_visible()

    # Connect a source: four clicks, and a preview before anything is stored.
    page.get_by_role("link", name="Sources", exact=True).click()
    page.get_by_role("link", name="Add a source").first.click()
    page.get_by_label("Name").fill("Archive A")
    page.get_by_label("Folder").fill(str(folder))
    page.get_by_role("button", name="Test and preview").click()
    expect(page.get_by_text("5 readable; nothing is imported yet")).to_be_visible()
    page.get_by_role("button", name="Start import").click()

    # The crawl is watched without loading the page again.
    expect(page.get_by_text("The total is not known yet")).to_be_visible()
    page.evaluate("window.stayed = true")
    worker.set()
    expect(page.get_by_text("6 of 6 files")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("the counts add up")).to_be_visible()
    assert page.evaluate("window.stayed") is True
    expect(page.locator("live-poll")).to_have_count(0)
    expect(page.locator("live-announcer")).to_contain_text("6 files done", timeout=12_000)
    expect(page.get_by_role("link", name="Not a DICOM file")).to_be_visible()

    # From the home page's number to the list, the study, the series, the instance.
    page.get_by_role("link", name="Home", exact=True).click()
    page.get_by_role("link", name=re.compile(r"^Studies\s*1$")).click()
    page.get_by_role("link", name=re.compile(r"^CT-")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("CT chest")
    page.get_by_role("link", name=re.compile(r"^S-")).click()
    page.get_by_role("link", name=re.compile(r"^I-")).first.click()

    # The header: masked, and filtered as one types.
    expect(page.get_by_text("PatientName")).to_be_visible()
    assert "Doe" not in page.content()
    page.get_by_label("Filter by tag, keyword or shown value").press_sequentially("rows")
    expect(page.get_by_text("PatientName")).to_have_count(0)
    expect(page.get_by_text("(0028,0010)")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "q"


def test_nothing_stays_behind_after_signing_out(visit, steward, radiology):
    visitor = visit()
    visitor.sign_in("alice")
    page = visitor.page
    visitor.go("/sources")
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    page.get_by_label(re.compile("Account of")).click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in*")
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in to Isocenter")).to_be_visible()
