"""Children: tied to their parent, recorded, told from strangers, restarted and stopped in order."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from launcher import child, leftovers
from launcher.child import Child, Program
from launcher.fleet import LONGEST_DELAY_SECONDS, Fleet
from launcher.identity import group_members, is_alive, started_at
from launcher.layout import ROOT, Layout
from launcher.problem import Problem

SLEEP = ("/bin/sleep", "60")


def program(name: str, *words: str, **more: object) -> Program:
    return Program(name=name, arguments=words or SLEEP, environment=dict(os.environ), **more)  # type: ignore[arg-type]


def soon(happens: Callable[[], object], seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while not happens() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(happens())


def recorded(layout: Layout, name: str) -> dict[str, object]:
    """The record that the process itself has written."""
    pidfile = layout.run / f"{name}.pid"
    assert soon(pidfile.exists)
    record: dict[str, object] = json.loads(pidfile.read_text())
    return record


def test_a_process_is_known_by_its_number_and_its_beginning() -> None:
    first = subprocess.Popen(SLEEP)
    beginning = started_at(first.pid)
    assert beginning
    assert is_alive(first.pid, beginning)
    assert not is_alive(os.getpid(), beginning)
    first.kill()
    first.wait()
    assert started_at(first.pid) is None


def test_a_zombie_is_not_alive() -> None:
    dead = subprocess.Popen(["true"])
    assert soon(lambda: started_at(dead.pid) is None)
    dead.wait()


def test_ps_tells_the_same_processes_as_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/proc/self/stat").exists():
        pytest.skip("this system has ps only")
    by_proc = {pid for pid, _ in group_members(os.getpgrp())}
    monkeypatch.setattr("launcher.identity.HAS_PROC", False)
    assert by_proc & {pid for pid, _ in group_members(os.getpgrp())} >= {os.getpid()}
    beginning = started_at(os.getpid())
    assert beginning
    assert is_alive(os.getpid(), beginning)
    assert started_at(2**22 + 1) is None


def test_a_child_records_itself_and_leaves_no_record_behind(layout: Layout) -> None:
    sleeper = child.start(program("worker"), layout)
    record = recorded(layout, "worker")
    assert record["pid"] == sleeper.process.pid
    assert record["started"] == started_at(sleeper.process.pid)
    sleeper.stop()
    assert not list(layout.run.iterdir())


def test_what_a_child_says_goes_to_its_log(layout: Layout) -> None:
    speaker = child.start(program("web", "/bin/sh", "-c", "echo out; echo err >&2"), layout)
    speaker.process.wait()
    assert (layout.log / "web.log").read_text() == "out\nerr\n"


def test_a_child_that_will_not_end_is_killed_with_its_group(layout: Layout) -> None:
    script = "trap '' TERM; /bin/sleep 60 & echo $!; while true; do sleep 0.05; done"
    stubborn = child.start(program("web", "/bin/sh", "-c", script), layout)
    log = layout.log / "web.log"
    assert soon(lambda: log.read_text().strip())
    stubborn.stop(patience=0.2)
    assert stubborn.ended() == -signal.SIGKILL
    assert soon(lambda: started_at(int(log.read_text())) is None)


@pytest.mark.parametrize("by_kernel", [True, False], ids=["kernel", "watcher"])
def test_a_child_ends_when_its_parent_is_killed(layout: Layout, by_kernel: bool) -> None:
    """The watcher is what macOS has; it works here as well."""
    if by_kernel and not sys.platform.startswith("linux"):
        pytest.skip("only Linux tells a child of its parent's end")
    pidfile = layout.run / "web.pid"
    tether = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from launcher import tether; "
    if not by_kernel:
        tether += "tether._tie_by_kernel = lambda number: False; "
    tether += "tether.main(sys.argv[1:])"
    parent_code = (
        "import os, subprocess, sys, time\n"
        f"words = [str(os.getpid()), {str(pidfile)!r}, '{int(signal.SIGTERM)}', '-', '--', '/bin/sleep', '60']\n"
        f"subprocess.Popen([sys.executable, '-c', {tether!r}, *words])\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", parent_code])
    record = recorded(layout, "web")
    pid, beginning = int(str(record["pid"])), str(record["started"])
    assert soon(lambda: "sleep 60" in " ".join(line for number, line in group_members(os.getpgid(pid))))
    time.sleep(0.1)
    assert is_alive(pid, beginning)
    parent.kill()
    parent.wait()
    assert soon(lambda: not is_alive(pid, beginning))


def leave_behind(layout: Layout, name: str, *words: str) -> Child:
    """A process as a killed supervisor on a system without parent-death signals would leave it."""
    sleeper = child.start(program(name, *words), layout)
    recorded(layout, name)
    return sleeper


def test_leftovers_are_stopped_the_users_of_a_service_before_the_service(layout: Layout) -> None:
    left = [leave_behind(layout, name) for name in ("postgres", "worker", "web")]
    assert leftovers.stop(layout) == ["web", "worker", "postgres"]
    assert [each.process.wait() for each in left] == [-signal.SIGTERM] * 3
    assert not list(layout.run.glob("*.pid"))


def test_the_orphans_of_a_dead_leader_are_stopped(layout: Layout) -> None:
    fork = "import os, time; os.fork(); time.sleep(60)"
    leader = leave_behind(layout, "worker", sys.executable, "-c", fork)
    assert soon(lambda: len(group_members(leader.process.pid)) == 2)
    leader.process.kill()
    leader.process.wait()
    assert leftovers.stop(layout) == ["worker"]
    assert soon(lambda: not group_members(leader.process.pid))


def test_a_stranger_that_was_given_the_same_number_is_left_alone(layout: Layout) -> None:
    stranger = subprocess.Popen(SLEEP, start_new_session=True)
    record = {
        "pid": stranger.pid,
        "started": "long ago",
        "signal": 15,
        "program": ["/usr/bin/postgres", "-D"],
    }
    (layout.run / "postgres.pid").write_text(json.dumps(record))
    assert leftovers.stop(layout) == []
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


@pytest.mark.parametrize("text", ["", "{}", "[1]", "12345\n", '{"pid": "x"}'])
def test_a_record_that_cannot_be_read_is_removed(layout: Layout, text: str) -> None:
    (layout.run / "web.pid").write_text(text)
    assert leftovers.stop(layout) == []
    assert not (layout.run / "web.pid").exists()


def test_a_fleet_stops_in_the_reverse_order(layout: Layout) -> None:
    order = layout.data / "order"
    fleet = Fleet()
    for name in ("postgres", "valkey", "web"):
        farewell = f"trap 'echo {name} >> {order}; exit' TERM; echo ready; while true; do sleep 0.05; done"
        fleet.start(partial(child.start, program(name, "/bin/sh", "-c", farewell), layout))
        assert soon((layout.log / f"{name}.log").read_text)
    fleet.stop()
    assert order.read_text().split() == ["web", "valkey", "postgres"]


def test_who_dies_is_started_again_later_each_time(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = Fleet()
    starts: list[Child] = []

    def begin() -> Child:
        starts.append(child.start(program("worker", "/bin/sh", "-c", "exit 3"), layout))
        starts[-1].process.wait()
        return starts[-1]

    fleet.start(begin)
    now = time.monotonic()
    fleet.tend(now)
    fleet.tend(now + 0.4)
    assert len(starts) == 1
    fleet.tend(now + 0.5)
    assert len(starts) == 2
    fleet.tend(now + 0.5)
    fleet.tend(now + 1.4)
    assert len(starts) == 2
    fleet.tend(now + 1.5)
    assert len(starts) == 3
    assert "worker ended with status 3; starting it again in 0.5 s" in capsys.readouterr().err
    fleet.stop()


def test_a_service_that_cannot_be_restarted_is_told_and_tried_again(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = Fleet()
    fleet.start(lambda: child.start(program("postgres", "/bin/true"), layout)).process.wait()

    def refuse() -> Child:
        raise Problem("It does not start.", "Free some space.")

    fleet._members[0].begin = refuse
    for step in range(20):
        fleet.tend(step * 100.0)
    assert fleet._members[0].delay == LONGEST_DELAY_SECONDS
    told = capsys.readouterr().err
    assert "It does not start." in told
    assert "Free some space." in told
    fleet.stop()


def test_a_large_log_is_set_aside_and_three_are_kept(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "LOG_LIMIT_BYTES", 1)
    log = layout.log / "web.log"
    for number in range(6):
        log.write_text(f"{number}\n")
        child.rotate(log)
    kept = sorted(path.name for path in layout.log.iterdir())
    assert kept == ["web.log.1", "web.log.2", "web.log.3"]
    assert [(layout.log / name).read_text() for name in kept] == ["5\n", "4\n", "3\n"]
