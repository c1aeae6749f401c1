"""The demo: what it remembers, what it refuses, and the whole of it with a small archive."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from launcher import demo_record, demo_steps
from launcher.demo_record import DEFAULT_SEED, DEFAULT_STUDIES, LEAST_STUDIES, DemoRecord, Persona
from launcher.layout import ROOT, Layout
from launcher.problem import Problem
from tests.launcher.test_up import command, environment


def test_a_new_demo_is_remembered_before_anything_is_made(layout: Layout) -> None:
    begun = demo_record.load_or_begin(layout, None, None)
    assert (begun.studies, begun.seed, begun.resumed) == (DEFAULT_STUDIES, DEFAULT_SEED, False)
    again = demo_record.load_or_begin(layout, None, None)
    assert again.resumed
    assert not again.written


def test_the_record_holds_passwords_and_is_for_this_account_only(layout: Layout) -> None:
    people = [Persona("steward", "data steward", "a password")]
    DemoRecord(60, 1, users=people).save(layout)
    assert stat.S_IMODE(layout.demo.stat().st_mode) == 0o600
    known = demo_record.load(layout)
    assert known
    assert known.users == people


def test_the_demo_does_not_open_somebodys_own_data(layout: Layout) -> None:
    layout.postgres.mkdir()
    with pytest.raises(Problem, match="holds data of your own") as told:
        demo_record.load_or_begin(layout, None, None)
    assert "./isocenter demo --data" in told.value.remedy
    assert not layout.demo.exists()


@pytest.mark.parametrize(("studies", "seed"), [(61, None), (None, 2), (61, 2)])
def test_another_archive_needs_another_folder(layout: Layout, studies: int | None, seed: int | None) -> None:
    DemoRecord(60, 1).save(layout)
    with pytest.raises(Problem, match="a demo of 60 studies made from seed 1"):
        demo_record.load_or_begin(layout, studies, seed)
    assert demo_record.load_or_begin(layout, 60, 1).resumed


def test_a_record_that_cannot_be_read_is_told(layout: Layout) -> None:
    layout.demo.write_text("{")
    with pytest.raises(Problem, match="cannot be read"):
        demo_record.load(layout)


def test_an_archive_whose_writing_was_interrupted_is_written_anew(layout: Layout) -> None:
    (layout.archive / "clinical").mkdir(parents=True)
    (layout.archive / "clinical" / "half").write_bytes(b"DI")
    record = DemoRecord(LEAST_STUDIES, 1)
    with demo_steps.archive(layout, record) as finish:
        finish()
    assert not (layout.archive / "clinical" / "half").exists()
    assert (layout.archive / "answer_key.json").exists()
    known = demo_record.load(layout)
    assert known
    assert known.written


def test_an_archive_that_cannot_be_written_is_told(layout: Layout) -> None:
    with (
        pytest.raises(Problem, match="The demo archive could not be written"),
        demo_steps.archive(layout, DemoRecord(-1, 1)) as finish,
    ):
        finish()


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, "subprocess.CompletedProcess[str]"]:
    data = tmp_path_factory.mktemp("demo") / "var"
    words = ["demo", "--once", "--studies", str(LEAST_STUDIES), "--data", str(data)]
    answer = subprocess.run(command(*words), env=environment(), capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return data, answer


def test_demo_once_prints_one_object_and_all_else_on_standard_error(
    once: tuple[Path, "subprocess.CompletedProcess[str]"],
) -> None:
    _, answer = once
    counts = json.loads(answer.stdout)["crawl"]
    assert set(counts) >= set(demo_steps.COUNTS)
    assert counts["discovered"] > 0
    parts = ("catalogued", "unchanged", "quarantined", "vanished")
    assert counts["discovered"] == sum(counts[part] for part in parts)
    assert "Writing a demo archive" in answer.stderr


def test_a_second_demo_once_finds_everything_unchanged(
    once: tuple[Path, "subprocess.CompletedProcess[str]"],
) -> None:
    data, first = once
    words = ["demo", "--once", "--data", str(data)]
    answer = subprocess.run(command(*words), env=environment(), capture_output=True, text=True, check=False)
    before, after = (json.loads(each.stdout)["crawl"] for each in (first, answer))
    assert after["catalogued"] == 0
    assert after["unchanged"] == before["catalogued"]
    assert "Writing" not in answer.stderr
    assert not list((data / "run").glob("*.pid"))


def test_a_database_that_holds_other_accounts_is_refused(used: Layout) -> None:
    """Through manage.py, as for a database that DATABASE_URL names."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path\n"
        "import os, subprocess; from launcher import ownership, services; from launcher.layout import Layout\n"
        "layout = Layout(Path(sys.argv[2]))\n"
        "def manage(*words): return subprocess.run([sys.executable, sys.argv[1] + '/manage.py', *words],"
        " env={**services.environment(layout), 'DJANGO_SUPERUSER_PASSWORD': 'one of my own'},"
        " capture_output=True, text=True)\n"
        "with ownership.own(layout, 'test'), services.running(layout, durable=False):\n"
        "    manage('migrate'); manage('createsuperuser', '--noinput', '--username', 'me', '--email', 'me@x.example')\n"
        "    refused = manage('demo_setup', '--archive', '/tmp'); print(refused.returncode, refused.stderr)"
    )
    words = [sys.executable, "-c", code, str(ROOT), str(used.data)]
    answer = subprocess.run(words, env=environment(), capture_output=True, text=True, check=True)
    assert answer.stdout.startswith("1 ")
    assert "already holds accounts" in answer.stdout
