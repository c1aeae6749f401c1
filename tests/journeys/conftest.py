"""A real Chromium at a real server, and a worker thread that does what Celery's workers do."""

import os
import queue
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from celery import Task
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from catalog import tasks
from governance.actions.give_grant import give_grant
from governance.models import Collection, User
from governance.permissions import Job
from tests.web.conftest import own_cache  # noqa: F401 - a fixture

PASSWORD = "correct horse battery"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/journeys" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


def _chromium() -> str:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found:
        return found
    reason = "No Chromium: set CHROMIUM to its path, or install the package chromium."
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = _chromium()
    # Playwright's loop lives in this thread; Django would take it for an async view.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield started
        started.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@dataclass
class Visitor:
    """Somebody at a browser, and everything that went wrong or astray there."""

    context: BrowserContext
    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)
    strayed: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.base + path)

    def sign_in(self, name: str) -> None:
        self.go("/sign-in")
        self.page.get_by_label("User name").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url(self.base + "/")


@pytest.fixture
def visit(browser: Browser, live_server) -> Iterator[Callable[..., Visitor]]:
    """Open a browser window; nothing may complain in its console, and nothing may leave the server."""
    opened: list[Visitor] = []

    def window(**options: object) -> Visitor:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})  # type: ignore[arg-type]
        visitor = Visitor(context, context.new_page(), live_server.url)
        visitor.page.on("console", lambda said: _note(visitor, said.type, said.text))
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        visitor.page.on("request", lambda request: _follow(visitor, request))
        opened.append(visitor)
        return visitor

    yield window
    complaints = [complaint for visitor in opened for complaint in visitor.complaints]
    strayed = [address for visitor in opened for address in visitor.strayed]
    for visitor in opened:
        visitor.context.close()
    assert complaints == []
    assert strayed == []


def _note(visitor: Visitor, kind: str, text: str) -> None:
    if kind in {"error", "warning"}:
        visitor.complaints.append(text)


def _follow(visitor: Visitor, request: Request) -> None:
    if not request.url.startswith((visitor.base, "data:")):
        visitor.strayed.append(request.url)


@pytest.fixture
def steward(transactional_db) -> User:
    """Administers everything, and has a password."""
    user = User.objects.create_user("alice", password=PASSWORD, first_name="Alice", last_name="Meyer")
    give_grant(user, Job.ADMINISTRATOR)
    return user


@pytest.fixture
def radiology(transactional_db) -> Collection:
    return Collection.objects.create(name="Radiology")


@pytest.fixture
def worker(transactional_db, monkeypatch) -> Iterator[threading.Event]:
    """Do the tasks of crawls in a thread, once the returned event is set."""
    jobs: queue.Queue[Callable[[], object] | None] = queue.Queue()
    may_start = threading.Event()

    def take(task: Task, crawl_id: int) -> None:
        jobs.put(lambda: task.run(crawl_id=crawl_id))

    monkeypatch.setattr("catalog.actions.work_on_crawl.PATIENCE_SECONDS", 0)
    monkeypatch.setattr("catalog.receivers._send", take)
    monkeypatch.setattr("catalog.tasks.read.delay", lambda *, crawl_id: take(tasks.read, crawl_id))
    monkeypatch.setattr("catalog.thumbnails.request.app.send_task", lambda *_args, **_options: None)

    def work() -> None:
        may_start.wait()
        while (job := jobs.get()) is not None:
            job()
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield may_start
    may_start.set()
    jobs.put(None)
    thread.join()
