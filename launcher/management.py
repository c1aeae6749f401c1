"""manage.py, with the services that its command needs."""

import os
import signal
from collections.abc import Mapping, Sequence

from launcher import endings, keys, migrations, services
from launcher.console import say
from launcher.environment import PYTHON
from launcher.layout import ROOT, Layout, default_data
from launcher.session import with_services

WITHOUT_SERVICES = frozenset(
    {"advisories", "check", "collectstatic", "compilemessages", "diffsettings", "findstatic", "makemessages"}
    | {"sbom", "spectacular", "startapp", "synthesize", "version"}
)
# These look at the state of the migrations, so it is not theirs to find changed.
BEFORE_MIGRATIONS = frozenset(
    {"makemigrations", "migrate", "optimizemigration", "showmigrations", "sqlmigrate", "squashmigrations"}
)
# They bring people or data into the catalogue.
OF_ONES_OWN = frozenset({"account", "crawl", "createsuperuser"})
# Only these need the key that signs the audit trail.
SIGNING = frozenset({"audit"})
ASKING = frozenset({"--help", "-h", "--version"})


def run(arguments: Sequence[str]) -> int:
    """Run the command on the default data folder and return its exit status."""
    layout = Layout(default_data())
    program = [str(PYTHON), str(ROOT / "manage.py"), *arguments]
    if arguments[0] in WITHOUT_SERVICES or ASKING.intersection(arguments):
        layout.prepare()
        os.execve(program[0], program, services.environment(layout))  # noqa: S606 - no shell is wanted
    warn_of_demo(layout, arguments[0])
    with with_services(layout, arguments[0]) as environment:
        if arguments[0] not in BEFORE_MIGRATIONS:
            migrations.ensure(layout, environment)
        told = keys.signing(layout, environment) if arguments[0] in SIGNING else environment
        return in_foreground(program, told)


def warn_of_demo(layout: Layout, command: str) -> None:
    """Say so when somebody is about to put data or people of their own beside the demo's."""
    if command in OF_ONES_OWN and layout.demo.exists():
        say(
            f"Note: {layout.data} holds the demo, whose passwords everybody knows. For data of your own name "
            "another folder: ISOCENTER_DATA=/path/to/folder ./isocenter ..."
        )


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
