"""The demo: what it remembers, what it refuses, and the whole of it with a small archive."""

import json
import stat
import subprocess
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from launcher import demo_record, demo_steps
from launcher.demo_record import DEFAULT_SEED, DEFAULT_STUDIES, LEAST_STUDIES, DemoRecord, Persona
from launcher.layout import Layout
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


def test_an_archive_that_cannot_be_written_is_told(layout: Layout) -> None:
    with (
        pytest.raises(Problem, match="The demo archive could not be written"),
        demo_steps.archive(layout, DemoRecord(-1, 1)) as finish,
    ):
        finish()


def once(data: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    words = ["demo", "--once", *more, "--data", str(data)]
    return subprocess.run(command(*words), env=environment(), capture_output=True, text=True, check=False)


def test_demo_once_prints_its_counts_and_a_second_one_finds_everything_unchanged(layout: Layout) -> None:
    # As an interruption would leave it: the demo was begun, and a file is only half written.
    DemoRecord(LEAST_STUDIES, DEFAULT_SEED).save(layout)
    (layout.archive / "clinical").mkdir(parents=True)
    (layout.archive / "clinical" / "half").write_bytes(b"DI")

    first = once(layout.data, "--studies", str(LEAST_STUDIES))
    assert first.returncode == 0, first.stderr
    before = json.loads(first.stdout)["crawl"]
    assert set(before) >= set(demo_steps.COUNTS)
    assert before["discovered"] == before["catalogued"] + before["quarantined"] > 0
    assert "Writing a demo archive" in first.stderr
    assert not (layout.archive / "clinical" / "half").exists()

    second = once(layout.data)
    assert second.returncode == 0, second.stderr
    after = json.loads(second.stdout)["crawl"]
    assert (after["catalogued"], after["unchanged"]) == (0, before["catalogued"])
    assert "Writing" not in second.stderr
    assert not list(layout.run.glob("*.pid"))


@pytest.mark.django_db
def test_a_database_that_holds_other_accounts_is_refused(tmp_path: Path) -> None:
    get_user_model().objects.create_user("somebody", password="of the house itself")
    with pytest.raises(CommandError, match="already holds accounts"):
        call_command("demo_setup", "--archive", str(tmp_path))
