"""Whatever is killed, however often: the catalogue is the one that an undisturbed crawl makes."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
from django.db import connection

from catalog.actions.add_source import add_source
from catalog.actions.control_crawl import start_crawl
from catalog.synthesis import synthesize_thin
from governance.models import Collection
from launcher import services
from launcher.layout import Layout
from launcher.status import look
from tests.catalog.crawl.conftest import LONG_AGO, work
from tests.catalog.crawl.fingerprint import fingerprint

ROOT = Path(__file__).parents[3]
FILES = 6000
KILLS = 20
# Small chunks, so that a kill finds many of them in every state; short leases, so that the test need not wait.
SETTINGS = {"ISOCENTER_FILES_PER_CHUNK": "25", "ISOCENTER_CHUNK_LEASE_SECONDS": "2", "ISOCENTER_WORKERS": "2"}
SEED = 20


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    root = tmp_path / "corpus"
    synthesize_thin(root, files=FILES, seed=7)
    (root / "broken.dcm").write_bytes(b"no dicom")
    for path in root.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    return root


class Installation:
    """`./isocenter up` on a data folder of its own, as the operating system sees it."""

    def __init__(self, data: Path) -> None:
        self.layout = Layout(data)
        named = ("DATABASE_URL", "REDIS_URL", "ISOCENTER_SECRET_KEY")
        self._environment = {name: value for name, value in os.environ.items() if name not in named}
        self._environment |= SETTINGS | {"ISOCENTER_DATA": str(data)}
        self._log = (data.parent / "up.log").open("ab")

    def up(self) -> None:
        """Start the supervisor and wait until it serves."""
        self._supervisor = self._launch("up", "--port", "0")
        wait_for(lambda: look(self.layout).running, "the supervisor to serve")

    def run(self, *words: str) -> None:
        subprocess.run(
            self._command(*words), env=self._environment, check=True, stdout=self._log, stderr=self._log
        )

    def stop(self) -> None:
        self._supervisor.terminate()
        self._supervisor.wait(60)
        self._log.close()

    def kill(self, victim: str) -> None:
        """SIGKILL one process; a dead supervisor is started again, as its administrator would."""
        if victim == "supervisor":
            self._supervisor.kill()
            self._supervisor.wait()
            self.up()
        elif (found := self._process(victim)) is not None:
            with suppress(psutil.NoSuchProcess):
                found.send_signal(signal.SIGKILL)

    def _process(self, victim: str) -> psutil.Process | None:
        """The main process of a program, or one of the worker's children that read files."""
        name, _, child = victim.partition("/")
        pids = [each.pid for each in look(self.layout).processes if each.name == name]
        if not pids:
            return None
        with suppress(psutil.NoSuchProcess):
            main = psutil.Process(pids[0])
            children = main.children(recursive=True)
            return random.choice(children) if child and children else main
        return None

    def query(self, question: str) -> int | None:
        """One number from the database; None while it is away."""
        url = services.environment(self.layout)["DATABASE_URL"] if self.layout.data.exists() else ""
        with suppress(psycopg.Error, OSError), psycopg.connect(url, connect_timeout=2) as database:
            row = database.execute(question).fetchone()
            return int(row[0]) if row and row[0] is not None else None
        return None

    def fingerprint(self) -> str:
        url = services.environment(self.layout)["DATABASE_URL"]
        with psycopg.connect(url) as database, database.cursor() as cursor:
            return fingerprint(cursor)

    def _launch(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command(*words), env=self._environment, stdout=self._log, stderr=self._log
        )

    @staticmethod
    def _command(*words: str) -> list[str]:
        return [sys.executable, str(ROOT / "launcher/__main__.py"), *words]


def wait_for(condition: Callable[[], object], what: str, seconds: float = 180) -> None:
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, f"Waited in vain for {what}."
        time.sleep(0.05)


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    for name in ("DATABASE_URL", "REDIS_URL", "ISOCENTER_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    made = Installation(tmp_path / "var")
    try:
        made.up()
        yield made
    finally:
        made.stop()


@pytest.mark.crash
def test_twenty_kills_leave_the_catalogue_of_an_undisturbed_crawl(db, settings, corpus, installation):
    settings.FILES_PER_CHUNK = int(SETTINGS["ISOCENTER_FILES_PER_CHUNK"])
    collection = Collection.objects.create(name="Undisturbed")
    undisturbed = work(
        start_crawl(add_source(collection, name="x", location=str(corpus), actor=None), actor=None)
    )
    assert undisturbed.counts().catalogued == FILES

    installation.run("shell", "-c", START.format(location=str(corpus)))
    chance = random.Random(SEED)
    victims = ["worker/child", "worker", "postgres", "valkey", "supervisor"] * (KILLS // 5)
    chance.shuffle(victims)
    killed_while_open = 0
    for victim in victims:
        if victim == "worker/child":
            # Most of the time somebody is only just starting again: some kills have to find a reader at work.
            wait_for(lambda: installation.query(READING) or installation.query(OPEN) == 0, "somebody to read")
            time.sleep(chance.uniform(0, 0.05))
        else:
            time.sleep(chance.uniform(0.1, 0.8))
        # No answer: the database itself is still recovering.
        killed_while_open += installation.query(OPEN) != 0
        installation.kill(victim)
    wait_for(lambda: installation.query(OPEN) == 0, "the crawl to end")

    assert killed_while_open > KILLS // 2, "The crawl was over before the kills were."
    assert (installation.query("SELECT count(*) FROM catalog_chunk WHERE attempt > 1") or 0) > 0
    for name in ("discovered", "catalogued", "quarantined"):
        assert installation.query(TOTAL.format(name)) == getattr(undisturbed, name), name
    assert installation.query("SELECT held FROM catalog_crawl") == undisturbed.held == FILES + UNREADABLE
    with connection.cursor() as cursor:
        assert installation.fingerprint() == fingerprint(cursor)


# The answer key and the broken file.
UNREADABLE = 2
TOTAL = "SELECT {} FROM catalog_crawl"
READING = "SELECT count(*) FROM catalog_chunk WHERE state = 'running' AND lease_until > now()"
OPEN = "SELECT count(*) FROM catalog_crawl WHERE status <> 'completed'"
START = """
from catalog.actions.add_source import add_source
from catalog.actions.control_crawl import start_crawl
from governance.models import Collection
collection = Collection.objects.create(name="Disturbed")
start_crawl(add_source(collection, name="x", location={location!r}, actor=None), actor=None)
"""
