"""A command in the foreground has workers, or says that it has none."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from governance import workers


def test_where_no_worker_can_be_started_the_command_says_so_and_ends(db, monkeypatch, tmp_path):
    """As in a container, which has no launcher."""
    monkeypatch.setattr(workers, "workers_answer", lambda: False)
    monkeypatch.setattr(workers, "_TETHER", Path("/nowhere"))
    monkeypatch.setattr(workers, "_PATIENCE_SECONDS", 0)
    with pytest.raises(CommandError, match="No worker answers"):
        call_command("crawl", str(tmp_path))


def test_workers_that_are_slow_to_answer_are_waited_for(monkeypatch):
    answers = [False, False, True]
    monkeypatch.setattr(workers, "workers_answer", lambda: answers.pop(0))
    monkeypatch.setattr(workers, "_TETHER", Path("/nowhere"))
    with workers.workers_for_a_while():
        assert not answers
