"""One owner of a data folder, and guests."""

import io
import os
import subprocess
import sys
import threading
import time

import pytest

from launcher import ownership
from launcher.layout import ROOT, Layout
from launcher.ownership import Owned


def test_a_second_owner_is_told_of_the_first(layout: Layout) -> None:
    with ownership.own(layout, "up", serves=True) as own:
        own.ready("http://127.0.0.1:8000/")
        with pytest.raises(Owned) as refused, ownership.own(layout, "demo"):
            pass
    first = refused.value.owner
    assert first
    assert (first.pid, first.command, first.address) == (os.getpid(), "up", "http://127.0.0.1:8000/")
    assert ownership.current_owner(layout) is None


def test_the_folder_is_free_again_after_its_owner_was_killed(layout: Layout) -> None:
    code = (
        f"import sys, time; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path; from launcher import ownership; from launcher.layout import Layout\n"
        f"with ownership.own(Layout(Path({str(layout.data)!r})), 'up'): print('owned', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as first:
        assert first.stdout
        assert first.stdout.readline() == b"owned\n"
        owner = ownership.current_owner(layout)
        assert owner
        assert owner.pid == first.pid
        first.kill()
        first.wait()
    assert ownership.current_owner(layout) is None
    with ownership.own(layout, "up"):
        pass


def test_an_owner_waits_for_its_guests(layout: Layout) -> None:
    inside, leave, waited = threading.Event(), threading.Event(), threading.Event()

    def guest() -> None:
        with ownership.visit(layout):
            inside.set()
            leave.wait(10)

    def wait() -> None:
        ownership.wait_for_guests(layout, "waiting", told)
        waited.set()

    told = io.StringIO()
    threads = [threading.Thread(target=guest), threading.Thread(target=wait)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    time.sleep(0.1)
    assert not waited.is_set()
    leave.set()
    for thread in threads:
        thread.join(10)
    assert waited.is_set()
    assert told.getvalue() == "waiting\n"
