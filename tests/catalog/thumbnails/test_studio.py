"""The drawing process: limits hold for each picture, secrets stay outside, and it is replaced when it dies."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from catalog.thumbnails.drawing import Drawn, Failure, Undrawable
from catalog.thumbnails.job import Job, result_from_bytes
from catalog.thumbnails.policy import Way
from catalog.thumbnails.studio import Studio
from tests.catalog.thumbnails.pictures import opened, picture, ramp, save


@pytest.fixture
def studio():
    opened_studio = Studio()
    yield opened_studio
    opened_studio.close()


@pytest.fixture
def job(tmp_path) -> Job:
    ds = picture(ramp())
    save(ds, tmp_path / "a b é.dcm")
    return Job("folder", str(tmp_path), "a b é.dcm", ds.SOPInstanceUID, Way.SHOWN)


def test_a_picture_is_drawn_in_another_process(studio, job):
    result = studio.draw(job)
    assert isinstance(result, Drawn)
    assert max(opened(result.content).size) == 256


def test_a_file_name_that_is_not_utf8_reaches_the_drawing_process(studio, tmp_path):
    ds = picture(ramp())
    save(ds, Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.dcm")))
    result = studio.draw(Job("folder", str(tmp_path), "caf\\xe9.dcm", ds.SOPInstanceUID, Way.BLURRED))
    assert isinstance(result, Drawn)
    assert result.way is Way.BLURRED


def test_a_missing_file_or_folder_is_gone(studio, job, tmp_path):
    for away in (
        Job(job.kind, job.location, "b.dcm", "1", Way.SHOWN),
        Job(job.kind, "/nowhere", "b", "1", Way.SHOWN),
    ):
        result = studio.draw(away)
        assert isinstance(result, Undrawable)
        assert result.failure is Failure.GONE


def test_a_killed_draughtsman_is_replaced(studio, job):
    studio.draw(job)
    os.kill(studio._process.pid, signal.SIGKILL)
    assert isinstance(studio.draw(job), Drawn)


def test_the_drawing_process_knows_no_secret_and_no_path(studio, job, monkeypatch):
    monkeypatch.setenv("ISOCENTER_SECRET_KEY", "a secret of this test")
    studio.draw(job)
    process = Path(f"/proc/{studio._process.pid}")
    if not process.exists():
        pytest.skip("needs /proc")
    assert b"secret" not in process.joinpath("environ").read_bytes()
    assert str(job.location).encode() not in process.joinpath("cmdline").read_bytes()


@pytest.mark.parametrize(
    ("what_happens", "failure"),
    [
        ("time.sleep(60)", Failure.TOO_SLOW),
        ("bytearray(8 << 30)", Failure.TOO_LARGE),
        ("os.kill(os.getpid(), signal.SIGSEGV)", Failure.DAMAGED),
        ("os._exit(3)", Failure.DAMAGED),
    ],
)
def test_a_picture_that_breaks_its_limits_takes_only_its_own_process_along(what_happens, failure, job):
    # In a process of its own, because the limits are reached by what a decoder might do, not by a file we have.
    script = f"""
import os, signal, sys, time
from catalog.thumbnails import draughtsman
from catalog.thumbnails.job import Job
draughtsman.SECONDS_PER_PICTURE = 1
draughtsman.draw = lambda stream, **asked: {what_happens}
sys.stdout.buffer.write(draughtsman._in_a_child(Job.from_bytes({job.to_bytes()!r})))
"""
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, timeout=30
    ).stdout
    result = result_from_bytes(answer)
    assert isinstance(result, Undrawable)
    assert result.failure is failure


def test_the_drawing_process_ends_with_its_worker():
    process = subprocess.Popen(
        [sys.executable, "-m", "catalog.thumbnails.draughtsman"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    process.communicate(timeout=30)
    assert process.returncode == 0
