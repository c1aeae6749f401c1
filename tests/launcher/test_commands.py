"""manage.py's commands with the services they need, and the tests' own command."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from launcher import endings, keys, management, migrations, ownership, services, testing
from launcher.layout import Layout
from launcher.session import with_services


def test_a_command_alone_starts_the_services_and_stops_them(used: Layout) -> None:
    with with_services(used, "crawl"):
        owner = ownership.current_owner(used)
        assert owner
        assert (owner.command, owner.ready, owner.serves) == ("crawl", True, False)
        assert (used.run / "postgres.pid").exists()
    assert not (used.run / "postgres.pid").exists()


def test_a_command_uses_the_services_that_run_already(used: Layout) -> None:
    with ownership.own(used, "up", serves=True) as own:
        own.ready()
        with with_services(used, "token") as environment:
            assert environment["DATABASE_URL"] == services.environment(used)["DATABASE_URL"]
        assert not (used.run / "postgres.pid").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_end_is_passed_on_to_the_command(tmp_path: Path, number: signal.Signals) -> None:
    code = (
        "import signal, sys; from launcher import endings, management\n"
        # Under nohup the tests' own processes inherit that SIGHUP is ignored, and it stays so.
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
        "endings.listen()\n"
        "try: management.in_foreground(['/bin/sh', '-c', \"trap 'echo ended; exit' TERM; echo on; "
        'while true; do sleep 0.05; done"], {})\n'
        "except endings.Ended as ended: sys.exit(ended.status)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout
        assert launcher.stdout.readline() == "on\n"
        launcher.send_signal(number)
        assert launcher.stdout.readline() == "ended\n"
        assert launcher.wait() == 128 + number


def test_a_request_to_end_in_the_moment_of_a_start_leaves_no_command_behind() -> None:
    code = (
        "import os, signal, subprocess, sys; from launcher import endings, management\n"
        "class Slow(subprocess.Popen):\n"
        "    def __init__(self, *arguments, **options):\n"
        "        super().__init__(*arguments, **options); print(self.pid, flush=True)\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "subprocess.Popen = Slow; endings.listen()\n"
        "try: management.in_foreground(['/bin/sleep', '60'], {})\n"
        "except endings.Ended as ended: sys.exit(ended.status)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], check=False, stdout=subprocess.PIPE, text=True, timeout=20
    )
    assert ended.returncode == 128 + signal.SIGTERM
    assert not psutil.pid_exists(int(ended.stdout))


def test_the_status_of_a_command_is_the_launchers() -> None:
    assert management.in_foreground(["/bin/sh", "-c", "exit 7"], {}) == 7
    assert management.in_foreground(["/bin/sh", "-c", "kill -9 $$"], {}) == 128 + 9


def test_migrations_are_looked_at_only_when_something_changed(layout: Layout) -> None:
    told = {"DATABASE_URL": "postgresql://here/isocenter"}
    assert not migrations.is_current(layout, told)
    migrations.mark_current(layout, told)
    assert migrations.is_current(layout, told)
    assert not migrations.is_current(layout, {"DATABASE_URL": "postgresql://elsewhere/isocenter"})


def test_the_secret_key_is_made_once(layout: Layout) -> None:
    key = keys.secret_key(layout)
    assert len(key) >= 50
    assert keys.secret_key(layout) == key
    assert services.environment(layout)["ISOCENTER_SECRET_KEY"] == key


@pytest.mark.parametrize(
    ("arguments", "parallel"),
    [
        ([], True),
        (["-k", "crawl"], True),
        (["tests/launcher"], True),
        (["--no-header"], True),
        (["-n0"], False),
        (["-n", "1"], False),
        (["--numprocesses=1"], False),
        (["--pdb"], False),
        (["--collect-only", "-q"], False),
    ],
)
def test_tests_run_in_parallel_unless_told_otherwise(arguments: list[str], parallel: bool) -> None:
    assert bool(testing.parallel(arguments)) is parallel


def test_the_folder_of_a_killed_test_run_is_removed_and_that_of_a_running_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dead, living = (Layout(tmp_path / f"{testing.PREFIX}{name}") for name in ("dead", "living"))
    dead.prepare()
    living.prepare()
    (tmp_path / f"{testing.PREFIX}not-ours").mkdir()
    with ownership.own(living, "test"):
        testing.sweep()
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            f"{testing.PREFIX}living",
            f"{testing.PREFIX}not-ours",
        ]


def test_being_asked_to_end_twice_ends_once(monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import os, signal, sys, time; from launcher import endings\n"
        "endings.listen()\n"
        "try: os.kill(os.getpid(), signal.SIGINT); time.sleep(5)\n"
        "except endings.Ended: os.kill(os.getpid(), signal.SIGINT); print('in order')"
    )
    begun = time.monotonic()
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout == "in order\n"
    assert time.monotonic() - begun < 4
    assert endings.Ended(signal.SIGINT).status == 130


def test_whoever_brings_data_of_their_own_to_the_demo_is_warned(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    management.warn_of_demo(layout, "crawl")
    assert not capsys.readouterr().err
    layout.demo.parent.mkdir(parents=True, exist_ok=True)
    layout.demo.write_text("{}")
    management.warn_of_demo(layout, "crawl")
    assert "passwords everybody knows" in capsys.readouterr().err
    management.warn_of_demo(layout, "status")
    assert not capsys.readouterr().err
