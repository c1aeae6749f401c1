"""Who may see it, and who did: from a request for access to a trail that an auditor verifies on another machine."""

import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.utils import timezone
from playwright.sync_api import Page, expect

from governance.actions.give_grant import give_grant
from governance.actions.seal_events import Seal, seal_events
from governance.audit import bundle
from governance.audit.events import Event
from governance.models import AuditLeaf, Collection, Grant, Lens, User
from governance.permissions import Job
from tests.factories import SECRETS
from tests.governance import trail
from tests.governance.conftest import sealed  # noqa: F401 - a fixture
from tests.journeys.conftest import PASSWORD, Visitor
from tests.web.conftest import Shelf, shelf

NAME = "Quixotesecret"
# What a page can leave behind in a browser, in one text.
KEPT = """async () => {
    const databases = await indexedDB.databases();
    const stores = await caches.keys();
    return JSON.stringify([{...localStorage}, {...sessionStorage}, databases, stores, history.state, document.cookie]);
}"""


@pytest.fixture
def listed(radiology) -> Collection:
    """Radiology, for whose access anybody may ask."""
    Collection.objects.filter(pk=radiology.pk).update(is_listed=True)
    return radiology


@pytest.fixture
def held(listed, monkeypatch) -> Shelf:
    monkeypatch.setattr("catalog.thumbnails.request.app.send_task", lambda *_args, **_options: None)
    return shelf(listed)


def somebody(name: str, job: Job | None = None, collection: Collection | None = None) -> User:
    user = User.objects.create_user(name, password=PASSWORD, first_name=name.title())
    if job is not None:
        give_grant(user, job, collection)
    return user


def reveal(visitor: Visitor, held: Shelf, purpose: str = "Quality assurance") -> None:
    """Open a lens on the study from its page, with the form."""
    visitor.go(f"/studies/{held.study.code}")
    visitor.page.get_by_role("main").get_by_role("link", name="Reveal…").click()
    visitor.page.get_by_role("radio", name=purpose).check()
    visitor.page.get_by_role("radio", name="This study").check()
    visitor.page.get_by_role("button", name="Reveal", exact=True).click()
    visitor.page.wait_for_url(f"**/studies/{held.study.code}")


def ends_in(seconds: float) -> None:
    """Bring the end of the open lens nearer."""
    Lens.objects.update(closes_at=timezone.now() + timedelta(seconds=seconds))


def mark(page: Page) -> None:
    """Leave a mark that only survives as long as the page is not loaded again."""
    page.evaluate("window.stayed = true")


def is_same_page(page: Page) -> bool:
    return bool(page.evaluate("window.stayed === true"))


def pill(page: Page) -> str:
    return page.locator("#phi-pill > summary").inner_text()


def nothing_is_told(page: Page) -> bool:
    """Whether neither the page nor what the browser keeps of it holds anything that identifies."""
    texts = page.content() + page.evaluate(KEPT) + page.title() + page.url
    return [secret for secret in SECRETS if secret in texts] == []


def verdict(file: Path, key: str, *, away: Path) -> subprocess.CompletedProcess[str]:
    """What the auditor's script says of a bundle, in a folder where there is no Isocenter."""
    away.mkdir(exist_ok=True)
    script = away / "verify_bundle.py"
    script.write_bytes(Path(bundle.__file__).with_name("verify_bundle.py").read_bytes())
    command = [sys.executable, "-I", "-S", str(script), str(file), key]
    return subprocess.run(command, cwd=away, env={}, capture_output=True, text=True, check=False)


def tampered(file: Path) -> Path:
    """Return a copy of a bundle in which somebody had another purpose, and nothing else differs."""
    copy = file.with_name("tampered.zip")
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(copy, "w") as other:
        for name in archive.namelist():
            content = archive.read(name)
            other.writestr(name, content.replace(b'"purpose":"quality"', b'"purpose":"errands"'))
    return copy


@pytest.fixture
def seal(sealed, settings) -> tuple[Seal, str]:  # noqa: F811 - the fixture
    """An empty trail; the web server knows the public key alone."""
    seal, key = sealed
    public = seal.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    settings.AUDIT_ORIGIN, settings.AUDIT_PUBLIC_KEY, settings.AUDIT_KEY = trail.ORIGIN, public.decode(), ""
    settings.AUDIT_ANCHORS = ""
    return seal, key


def test_from_a_request_to_a_bundle_that_is_verified_elsewhere(seal, visit, held, tmp_path):
    somebody("remy", Job.RESEARCHER, Collection.objects.create(name="Research"))
    somebody("olivia", Job.COMPLIANCE_OFFICER)
    somebody("ingrid", Job.AUDITOR)
    study = f"/studies/{held.study.code}"

    remy = visit()
    remy.sign_in("remy")
    _asks(remy, study)
    _approves(visit(), held)
    _sees_for_a_while(remy, held, study)
    file = _reads_the_trail(visit(), seal[0], tmp_path)

    told = verdict(file, seal[1], away=tmp_path / "another machine")
    assert told.returncode == 0, told.stdout + told.stderr
    assert f"Events:           {AuditLeaf.objects.count()}\n" in told.stdout
    broken = verdict(tampered(file), seal[1], away=tmp_path / "another machine")
    assert broken.returncode == 1
    assert "NOT VERIFIED" in broken.stdout


def _asks(remy: Visitor, study: str) -> None:
    """Without a grant there the study does not exist; the Collection is listed, and a role on it can be asked for."""
    assert remy.page.request.get(remy.base + study).status == 404
    remy.go("/access/request")
    page = remy.page
    page.get_by_label("Collection", exact=True).select_option(label="Radiology")
    page.get_by_label("Role", exact=True).select_option(label=_option(page, "Data steward"))
    page.get_by_label("Purpose").fill("Mending wrong study dates")
    page.get_by_label("Legal basis").select_option("operations")
    page.get_by_label("Days").fill("30")
    page.get_by_role("button", name="Ask for access").click()
    expect(page.get_by_text("Your request is made.")).to_be_visible()
    assert page.request.get(remy.base + study).status == 404


def _option(page: Page, role: str) -> str:
    """The whole text of the option of that role: it also says how many permissions there are."""
    return page.locator("#id_role option").filter(has_text=role).inner_text()


def _approves(olivia: Visitor, held: Shelf) -> None:
    olivia.sign_in("olivia")
    olivia.go("/access")
    olivia.page.get_by_role("link", name="Remy", exact=True).click()
    olivia.page.get_by_role("button", name="Approve until").click()
    expect(olivia.page.get_by_text("Approved. The access is there")).to_be_visible()
    grant = Grant.objects.get(user__username="remy", collection=held.study.collection)
    assert (grant.role.slug, grant.approver) == (Job.DATA_STEWARD, User.objects.get(username="olivia"))


def _sees_for_a_while(remy: Visitor, held: Shelf, study: str) -> None:
    page = remy.page
    remy.go(study)
    assert nothing_is_told(page)
    reveal(remy, held)
    expect(page.get_by_role("main")).to_contain_text(f"{NAME}^Ann")
    ends_in(3.5)
    remy.go(study)
    mark(page)
    expect(page.get_by_role("main")).to_contain_text(f"{NAME}^Ann")
    before = pill(page)
    assert "0:0" in before
    expect(page.get_by_role("timer")).not_to_have_text(before.partition("· ")[2], timeout=2_000)

    # The time is over: nobody touches the page, and nothing loads it again.
    expect(page.locator("#phi-pill")).to_contain_text("masked", timeout=8_000)
    expect(page.locator("#main")).to_contain_text(held.study.code)
    assert is_same_page(page)
    assert nothing_is_told(page)
    assert not page.locator("body[data-revealed]").count()
    expect(page.locator(".side-foot")).to_have_text("Identifiers are masked on every page.")
    remy.go("/studies")
    page.go_back()
    expect(page.locator("#main")).to_contain_text(held.study.code)
    assert nothing_is_told(page)


def _reads_the_trail(ingrid: Visitor, seal: Seal, folder: Path) -> Path:
    """Find who saw what and why, have everything sealed, and take it away."""
    page = ingrid.page
    ingrid.sign_in("ingrid")
    ingrid.go(f"/audit?event={Event.PHI_VIEWED.value}")
    row = page.locator("[data-row]").first
    for said in ("quality", "remy", "Radiology"):
        expect(row).to_contain_text(said, ignore_case=True)
    row.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Identifying values viewed")
    assert nothing_is_told(page)
    while seal_events(seal):
        pass
    ingrid.go("/audit/verify")
    while seal_events(seal):
        pass
    with page.expect_download() as started:
        page.get_by_role("button", name="Download bundle").click()
    file = folder / started.value.suggested_filename
    started.value.save_as(file)
    return file


def test_closing_the_lens_in_one_tab_masks_the_others_without_loading_them(visit, held):
    somebody("bob", Job.DATA_STEWARD, held.study.collection)
    bob = visit()
    bob.sign_in("bob")
    reveal(bob, held)
    other = bob.context.new_page()
    other.goto(f"{bob.base}/studies/{held.study.code}")
    expect(other.get_by_role("main")).to_contain_text(NAME)
    mark(other)

    bob.page.locator("#phi-pill > summary").click()
    bob.page.get_by_role("button", name="Mask again now").click()
    expect(bob.page.get_by_text("Everything is masked again.")).to_be_visible()
    expect(other.locator("#phi-pill")).to_contain_text("masked")
    expect(other.locator("#main")).to_contain_text(held.study.code)
    assert is_same_page(other)
    assert nothing_is_told(other)
    assert nothing_is_told(bob.page)


def test_mask_again_now_works_without_a_script(visit, held):
    somebody("bob", Job.DATA_STEWARD, held.study.collection)
    bob = visit(java_script_enabled=False)
    bob.sign_in("bob")
    reveal(bob, held)
    page = bob.page
    expect(page.get_by_role("main")).to_contain_text(NAME)
    page.locator("#phi-pill > summary").click()
    page.get_by_role("button", name="Mask again now").click()
    page.wait_for_url(f"**/studies/{held.study.code}")
    expect(page.get_by_text("Everything is masked again.")).to_be_visible()
    assert [secret for secret in SECRETS if secret in page.content()] == []
