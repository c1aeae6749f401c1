"""PostgreSQL and Valkey from the packages' binaries, for real."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from launcher import keys, ownership, services, sockets, valkey
from launcher.child import Child
from launcher.fleet import Fleet
from launcher.identity import started_at
from launcher.layout import Layout
from launcher.problem import Problem


@contextmanager
def services_of(layout: Layout) -> Iterator[dict[str, str]]:
    with ownership.own(layout, "test"), services.running(layout, durable=False):
        yield services.environment(layout)


def answer_of(environment: dict[str, str], question: str = "SELECT 1") -> object:
    with psycopg.connect(environment["DATABASE_URL"]) as connection:
        row = connection.execute(question).fetchone()
    assert row
    return row[0]


def wait_until_gone(child: Child, seconds: float = 10.0) -> None:
    """Wait as the fleet does: a killed process of several threads is dead before its parent can collect it."""
    deadline = time.monotonic() + seconds
    while child.ended() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert child.ended() is not None


def members(fleet: Fleet) -> dict[str, Child]:
    return {member.child.name: member.child for member in fleet._members}


def test_the_first_start_makes_a_database_and_the_second_keeps_what_it_holds(layout: Layout) -> None:
    with services_of(layout) as environment, psycopg.connect(environment["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    with services_of(layout) as environment:
        assert answer_of(environment, "SELECT number FROM kept") == 42


def test_sockets_and_folders_are_open_to_this_account_only(running: Fleet, used: Layout) -> None:
    for path in (used.data, used.run, used.postgres, used.valkey, used.run / valkey.SOCKET):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path
    assert stat.S_IMODE((used.run / ".s.PGSQL.5432").stat().st_mode) == 0o700
    keys.secret_key(used)
    assert stat.S_IMODE(used.secret_key.stat().st_mode) == 0o600


def test_no_port_is_opened(running: Fleet) -> None:
    if not Path("/proc/net/tcp").exists():
        pytest.skip("only Linux lists sockets there")
    tables = "".join(Path(f"/proc/net/{table}").read_text() for table in ("tcp", "tcp6"))
    listening = {f"socket:[{line.split()[9]}]" for line in tables.splitlines() if " 0A " in line}
    for child in members(running).values():
        held = {str(link.readlink()) for link in Path(f"/proc/{child.process.pid}/fd").iterdir()}
        assert not listening & held, child.name


def test_the_settings_keep_values_out_of_the_log(running: Fleet, used: Layout) -> None:
    with (
        psycopg.connect(services.environment(used)["DATABASE_URL"]) as connection,
        pytest.raises(psycopg.errors.InvalidTextRepresentation),
    ):
        connection.execute("SELECT 'Doe^Jane'::integer")
    assert "Doe" not in (used.log / "postgres.log").read_text()


def test_the_common_extensions_are_there(running: Fleet, used: Layout) -> None:
    with psycopg.connect(services.environment(used)["DATABASE_URL"], autocommit=True) as connection:
        for extension in ("pg_trgm", "unaccent", "btree_gin"):
            connection.execute(f"CREATE EXTENSION {extension}")


def test_a_database_killed_while_it_works_comes_back_with_what_it_had_acknowledged(used: Layout) -> None:
    with ownership.own(used, "test"), services.running(used) as fleet:
        address = services.environment(used)["DATABASE_URL"]
        with psycopg.connect(address) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
        os.kill(members(fleet)["postgres"].process.pid, signal.SIGKILL)
        wait_until_gone(members(fleet)["postgres"])
        fleet.tend(now := time.monotonic())
        fleet.tend(now + 60)
        assert answer_of({"DATABASE_URL": address}, "SELECT number FROM kept") == 1


def test_a_killed_valkey_comes_back_with_its_queue(used: Layout) -> None:
    with ownership.own(used, "test"), services.running(used) as fleet:
        path = str(sockets.socket_folder(used) / valkey.SOCKET)
        assert ask_valkey(path, "RPUSH queue task") == ":1"
        time.sleep(1.2)  # appendfsync everysec
        os.kill(members(fleet)["valkey"].process.pid, signal.SIGKILL)
        wait_until_gone(members(fleet)["valkey"])
        fleet.tend(now := time.monotonic())
        fleet.tend(now + 60)
        assert ask_valkey(path, "LLEN queue") == ":1"


def ask_valkey(path: str, words: str) -> str:
    """Valkey's answer, as soon as it gives one: just started, it may hang up on the first caller."""
    give_up = time.monotonic() + 10
    while True:
        try:
            return _ask_once(path, words)
        except ConnectionError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)


def _ask_once(path: str, words: str) -> str:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        connection.sendall(f"{words}\r\n".encode())
        return connection.recv(100).decode().strip()


def test_valkey_refuses_rather_than_forgets(running: Fleet, used: Layout) -> None:
    answer = ask_valkey(str(used.run / valkey.SOCKET), "CONFIG GET maxmemory-policy")
    assert "noeviction" in answer


def test_nothing_runs_and_no_socket_is_left_after_the_end(used: Layout) -> None:
    with ownership.own(used, "test"), services.running(used, durable=False) as fleet:
        pids = [child.process.pid for child in members(fleet).values()]
    assert [started_at(pid) for pid in pids] == [None, None]
    assert not list(used.run.glob("*.pid"))
    assert not (used.run / ".s.PGSQL.5432").exists()


@pytest.mark.parametrize("name", ["with a space, a comma & Ümläut", "long" * 30], ids=["odd", "long"])
def test_any_path_will_do_for_the_data(tmp_path: Path, made_database: Path, name: str) -> None:
    layout = Layout(tmp_path / name)
    layout.prepare()
    shutil.copytree(made_database, layout.postgres)
    with services_of(layout) as environment:
        folder = sockets.remembered(layout)
        assert folder
        assert folder != layout.run
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert answer_of(environment) == 1
    assert not folder.exists()


def test_a_server_that_a_variable_names_is_not_started(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/isocenter")
    monkeypatch.setenv("REDIS_URL_FILE", "/run/secrets/redis")
    with ownership.own(layout, "test"), services.running(layout) as fleet:
        told = services.environment(layout)
        assert not members(fleet)
    assert told["DATABASE_URL"] == "postgresql://elsewhere/isocenter"
    assert "REDIS_URL" not in told


def test_an_interrupted_first_start_is_begun_again(layout: Layout) -> None:
    unfinished = layout.data / "postgres.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    layout.postgres.mkdir()
    with services_of(layout) as environment:
        assert answer_of(environment) == 1
    assert not unfinished.exists()


def test_a_lock_file_that_names_somebody_elses_process_is_no_obstacle(used: Layout) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        lock = f"{stranger.pid}\n{used.postgres}\n1700000000\n5432\n{used.run}\n\n  0 0\nready\n"
        (used.postgres / "postmaster.pid").write_text(lock)
        with services_of(used) as environment:
            assert answer_of(environment) == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_missing_version_file_is_told_with_a_remedy(used: Layout) -> None:
    (used.postgres / "PG_VERSION").unlink()
    with pytest.raises(Problem, match="PG_VERSION is missing") as told, services_of(used):
        pass
    assert f"mv '{used.postgres}'" in told.value.remedy
    assert (used.postgres / "global").is_dir()


def test_data_of_a_version_that_is_not_installed_is_told(used: Layout) -> None:
    (used.postgres / "PG_VERSION").write_text("11\n")
    with pytest.raises(Problem, match="made by PostgreSQL 11, which is not installed"), services_of(used):
        pass


def test_a_damaged_database_is_told_in_postgresqls_own_words_and_nothing_is_deleted(used: Layout) -> None:
    control = used.postgres / "global" / "pg_control"
    control.write_bytes(b"")
    with pytest.raises(Problem, match="pg_control") as told, services_of(used):
        pass
    assert "Isocenter deletes nothing" in told.value.remedy
    assert control.exists()


def test_a_damaged_queue_is_told_with_a_remedy(used: Layout) -> None:
    folder = used.valkey / "appendonlydir"
    folder.mkdir(parents=True)
    (folder / "appendonly.aof.manifest").write_text("this is no manifest\n")
    with pytest.raises(Problem, match="Valkey did not start") as told, services_of(used):
        pass
    assert str(used.valkey) in told.value.remedy
    assert not list(used.run.glob("*.pid"))


def test_a_folder_of_another_account_is_refused(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    os.chown(tmp_path, 12345, 12345)
    with pytest.raises(Problem, match="belongs to another account"):
        Layout(tmp_path).prepare()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB, less than a new database takes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "isocenter-test", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_without_room_is_told_before_anything_is_started(small_disk: Path) -> None:
    layout = Layout(small_disk / "var")
    layout.prepare()
    with pytest.raises(Problem, match=r"disk of .* is full: \d+ MB are free"), services_of(layout):
        pass


def test_a_disk_that_fills_up_while_the_database_is_made_is_told(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "LEAST_FREE_BYTES", 0)
    layout = Layout(small_disk / "var")
    layout.prepare()
    with pytest.raises(Problem, match="No space left on device") as told, services_of(layout):
        pass
    assert "Free some space" in told.value.remedy
    assert not layout.postgres.exists()


def test_where_namespaces_are_refused_root_runs_the_database_as_a_lesser_account(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root is refused by PostgreSQL")
    refusing = tmp_path / "unshare"
    refusing.write_text("#!/bin/sh\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    # pytest's own folders are closed to other accounts.
    reachable = Path("/var/tmp") / f"isocenter-{os.getpid()}"  # noqa: S108
    layout = Layout(reachable / "var")
    layout.prepare()
    reachable.chmod(0o711)
    try:
        with services_of(layout) as environment:
            assert answer_of(environment) == 1
            owner = layout.postgres.stat().st_uid
            assert owner != 0
    finally:
        shutil.rmtree(reachable)
