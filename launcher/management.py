"""manage.py, with the services that its command needs."""

import os
import signal
from collections.abc import Mapping, Sequence

from launcher import endings, migrations, services
from launcher.environment import PYTHON
from launcher.layout import ROOT, Layout, default_data
from launcher.session import with_services

WITHOUT_SERVICES = frozenset(
    {"check", "collectstatic", "compilemessages", "diffsettings", "findstatic", "makemessages"}
    | {"spectacular", "startapp", "synthesize", "version"}
)
# These look at the state of the migrations, so it is not theirs to find changed.
BEFORE_MIGRATIONS = frozenset(
    {"makemigrations", "migrate", "optimizemigration", "showmigrations", "sqlmigrate", "squashmigrations"}
)
ASKING = frozenset({"--help", "-h", "--version"})


def run(arguments: Sequence[str]) -> int:
    """Run the command on the default data folder and return its exit status."""
    layout = Layout(default_data())
    program = [str(PYTHON), str(ROOT / "manage.py"), *arguments]
    if arguments[0] in WITHOUT_SERVICES or ASKING.intersection(arguments):
        layout.prepare()
        os.execve(program[0], program, services.environment(layout))  # noqa: S606 - no shell is wanted
    with with_services(layout, arguments[0]) as environment:
        if arguments[0] not in BEFORE_MIGRATIONS:
            migrations.ensure(layout, environment)
        return in_foreground(program, environment)


def in_foreground(program: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a program on this terminal; Ctrl-C is its own affair, a request to end is passed on."""
    # Caught, not ignored: the child would inherit that it is ignored.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        with endings.started(program, env=dict(environment)) as process:
            status = process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    return status if status >= 0 else 128 - status
