"""`up`, `stop` and `status`, with all five processes for real."""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from launcher import ownership, status
from launcher.identity import started_at
from launcher.layout import ROOT, Layout
from tests.launcher.conftest import NAMED

ALL = {"postgres", "valkey", "worker", "beat", "sealer", "web"}
START_SECONDS = 90.0

pytestmark = pytest.mark.crash


@dataclass
class Server:
    """A supervisor of our own, with what it says."""

    process: "subprocess.Popen[str]"
    lines: "queue.Queue[str]"
    address: str = ""

    def says(self, words: str, seconds: float = START_SECONDS) -> str:
        """Wait for a line that holds the words."""
        heard, deadline = [], time.monotonic() + seconds
        while time.monotonic() < deadline and (self.process.poll() is None or not self.lines.empty()):
            try:
                heard.append(self.lines.get(timeout=0.1))
            except queue.Empty:
                continue
            if words in heard[-1]:
                return heard[-1]
        raise AssertionError(f"{words!r} was not said, but: {heard}")

    def ends(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


def command(*words: str) -> list[str]:
    return [sys.executable, str(ROOT / "launcher" / "__main__.py"), *words]


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in NAMED}


def isocenter(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command(*words), env=environment(), capture_output=True, text=True, check=False)


def begin(layout: Layout) -> Server:
    process = subprocess.Popen(
        command("up", "--port", "0", "--data", str(layout.data)),
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_listen, args=(process, lines), daemon=True).start()
    return Server(process, lines)


def _listen(process: "subprocess.Popen[str]", lines: "queue.Queue[str]") -> None:
    assert process.stderr
    with process.stderr as heard:
        for line in heard:
            lines.put(line)


def serve(layout: Layout) -> Server:
    server = begin(layout)
    server.address = server.says("Isocenter is at").split()[3]
    return server


def processes(layout: Layout) -> dict[str, int]:
    return {each.name: each.pid for each in status.look(layout).processes}


def gone(pids: dict[str, int], seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while any(started_at(pid) for pid in pids.values()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(started_at(pid) for pid in pids.values())


def fetch(address: str) -> int:
    """The status of a page; one that is refused or missing is an answer too."""
    try:
        with urllib.request.urlopen(address, timeout=START_SECONDS) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """One data folder for all of these tests, so that it is made and migrated once."""
    return Layout(tmp_path_factory.mktemp("up") / "var")


@pytest.fixture(scope="module")
def servers() -> Iterator[list[Server]]:
    """The servers that were started; what a test leaves running is ended last."""
    started: list[Server] = []
    yield started
    for each in started:
        if each.process.poll() is None:
            each.ends(signal.SIGTERM)


@pytest.fixture
def server(data: Layout, servers: list[Server]) -> Server:
    """A server on `data`: the one that runs already, since each start costs seconds, or a new one."""
    if not servers or servers[-1].process.poll() is not None:
        servers.append(serve(data))
    return servers[-1]


def test_up_serves_and_tells_what_runs(server: Server, data: Layout) -> None:
    assert fetch(server.address) < 500
    told = isocenter("status", "--json", "--data", str(data.data))
    seen = json.loads(told.stdout)
    assert told.returncode == 0
    assert {each["name"] for each in seen["processes"]} == ALL
    assert (seen["pid"], seen["address"]) == (server.process.pid, server.address)
    assert seen["data_bytes"] > 1_000_000


def test_what_serves_requests_is_no_owner_of_the_tables(server: Server, data: Layout) -> None:
    """Web, workers and beat can only add to the audit trail, the sealer can only seal it."""
    deadline = time.monotonic() + START_SECONDS
    while (roles := _roles(data)) != {"isocenter_app", "isocenter_sealer"} and time.monotonic() < deadline:
        fetch(f"{server.address}readyz")
        time.sleep(0.2)
    assert roles == {"isocenter_app", "isocenter_sealer"}


def test_only_the_sealer_is_given_the_key_that_signs(server: Server, data: Layout) -> None:
    if not Path("/proc/self/environ").exists():
        pytest.skip("only Linux shows what a process was given")
    running = processes(data)
    given = {name: _names_given_to(running[name]) for name in ("web", "worker", "beat", "sealer")}
    assert {name for name in given if "ISOCENTER_AUDIT_KEY" in given[name]} == {"sealer"}
    assert all("ISOCENTER_AUDIT_PUBLIC_KEY" in names for names in given.values())
    assert {name for name in given if "ISOCENTER_SECRETS_KEY" in given[name]} == {"web", "worker"}


def _names_given_to(pid: int) -> set[str]:
    """The variables in the environment of a process, and of the program that it runs under the tether."""
    environ = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    return {entry.partition("=")[0].removesuffix("_FILE") for entry in environ.split("\0")}


def _roles(data: Layout) -> set[str]:
    """Who has a session in the database, beside the one that asks."""
    sockets = (data.run / "sockets").read_text().strip()
    question = (
        "SELECT DISTINCT usename::text FROM pg_stat_activity "
        "WHERE datname = 'isocenter' AND pid <> pg_backend_pid()"
    )
    with psycopg.connect(host=sockets, user="isocenter", dbname="isocenter") as connection:
        return {name for (name,) in connection.execute(question).fetchall()}


def test_a_second_up_is_refused_and_told_of_the_first(server: Server, data: Layout) -> None:
    second = isocenter("up", "--data", str(data.data))
    assert second.returncode == 1
    assert f"already running on {data.data}: {server.address} (pid {server.process.pid})" in second.stderr
    assert f"./isocenter stop --data {data.data}" in second.stderr


def test_what_dies_is_started_again_on_the_same_address(server: Server, data: Layout) -> None:
    before = processes(data)
    for name in ("web", "worker", "valkey", "postgres"):
        os.kill(before[name], signal.SIGKILL)
    deadline = time.monotonic() + START_SECONDS
    port = urlsplit(server.address).port
    while set(processes(data)) != ALL and time.monotonic() < deadline:
        # Nobody is refused meanwhile: the supervisor holds the socket.
        socket.create_connection(("127.0.0.1", port or 0), timeout=5).close()
        time.sleep(0.1)
    assert fetch(server.address) < 500
    after = processes(data)
    assert set(after) == ALL
    assert all(after[name] != before[name] for name in ("web", "worker", "valkey", "postgres"))


def test_nothing_outlives_a_killed_supervisor_and_the_next_start_is_whole(
    server: Server, servers: list[Server], data: Layout
) -> None:
    before = processes(data)
    assert set(before) == ALL
    server.ends(signal.SIGKILL)
    servers.append(serve(data))
    assert gone(before, seconds=0)
    assert fetch(servers[-1].address) < 500


def test_stop_stops_everything(server: Server, data: Layout) -> None:
    before = processes(data)
    assert isocenter("stop", "--data", str(data.data)).returncode == 0
    assert server.process.wait(10) == 0
    assert gone(before, seconds=0)
    after = isocenter("status", "--data", str(data.data))
    assert after.returncode == status.DOWN
    assert "not running" in after.stdout


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_can_be_ended_while_it_starts(used: Layout, number: signal.Signals) -> None:
    server = begin(used)
    deadline = time.monotonic() + START_SECONDS
    while "valkey" not in processes(used) and time.monotonic() < deadline:
        time.sleep(0.01)
    before = processes(used)
    assert before
    assert server.ends(number) == 0
    assert gone(before, seconds=0)
    assert not list(used.run.glob("*.pid"))


def test_a_port_in_use_is_named_with_a_remedy(layout: Layout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = isocenter("up", "--port", str(port), "--data", str(layout.data))
    assert answer.returncode == 1
    assert f"Port {port} is already used" in answer.stderr
    assert "--port" in answer.stderr.splitlines()[1]
    assert not layout.postgres.exists()


@pytest.mark.parametrize("word", ["up", "stop"])
def test_a_folder_that_a_command_is_using_is_left_to_it(layout: Layout, word: str) -> None:
    with ownership.own(layout, "crawl"):
        answer = isocenter(word, "--data", str(layout.data))
    assert answer.returncode == 1
    assert f"./isocenter crawl (pid {os.getpid()}) is using {layout.data}" in answer.stderr


def test_stop_is_content_when_nothing_runs(tmp_path: Path) -> None:
    answer = isocenter("stop", "--data", str(tmp_path / "never"))
    assert answer.returncode == 0
    assert "Nothing was running" in answer.stderr
    assert not (tmp_path / "never").exists()


@pytest.mark.parametrize(
    "words", [["up", "--port", "70000"], ["up", "--prot", "1"], ["demo", "--studies", "0"]]
)
def test_wrong_options_end_with_status_2(words: list[str]) -> None:
    answer = isocenter(*words)
    assert answer.returncode == 2
    assert "usage: ./isocenter" in answer.stderr


def test_without_arguments_the_usage_is_shown() -> None:
    assert "./isocenter demo" in isocenter().stdout
    assert "./isocenter demo" in isocenter("help").stdout
