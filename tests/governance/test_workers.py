"""A command in the foreground has workers, or says that it has none."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from governance import workers


def test_where_no_worker_can_be_started_the_command_says_so_and_ends(db, monkeypatch, tmp_path):
    """As in a container, which has no launcher."""
    monkeypatch.setattr(workers, "workers_answer", lambda: False)
    monkeypatch.setattr(workers, "_TETHER", Path("/nowhere"))
    with pytest.raises(CommandError, match="No worker answers"):
        call_command("crawl", str(tmp_path))
