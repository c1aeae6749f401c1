"""The command line: which word does what, and how a Problem is told."""

import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from launcher import endings, environment
from launcher.console import report
from launcher.environment import PYTHON, Lock
from launcher.problem import Problem

USAGE = """\
Isocenter: catalogue, access control, lineage and compliance for DICOM.

  ./isocenter demo [--once] [--port N] [--studies N] [--data DIR]
                       everything with a demo archive; --once prints the counts as JSON and ends
  ./isocenter up [--port N]     web, workers and services on the data in var/, until stopped
  ./isocenter stop              stop them
  ./isocenter status [--json]   what runs, since when, where; status 3 when nothing does
  ./isocenter test [pytest arguments]
                       the tests, with services of their own
  ./isocenter help              this text
  ./isocenter COMMAND ...       any command of manage.py, with the services it needs:
                       crawl PATH, synthesize DIR, account NAME, token USER, bench, ...
                       (./isocenter COMMAND --help)

The data folder is var/, or ISOCENTER_DATA. DATABASE_URL and REDIS_URL name servers of your own; what they do not
name is run here, privately.
"""


MODULES = {
    "demo": "demo",
    "up": "up",
    "stop": "stop",
    "status": "status",
    "test": "testing",
    "manage": "management",
}
# These need nothing that is to be installed, and must work when it cannot be.
STANDALONE = ("stop", "status")


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status."""
    endings.listen()
    try:
        return _dispatch(arguments)
    except Problem as problem:
        report(problem)
        return 1
    except endings.Ended as ended:
        return ended.status
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        report(
            Problem(
                f"The disk is full: {error.filename or 'a file'} could not be written.", "Free some space."
            )
        )
        return 1


def _dispatch(arguments: Sequence[str]) -> int:
    if not arguments or (arguments[0] in {"help", "--help", "-h"} and len(arguments) == 1):
        print(USAGE)
        return 0
    if arguments[0] not in STANDALONE:
        _enter_environment(Lock.DEV if arguments[0] == "test" else Lock.BASE, arguments)
    if arguments[0] in MODULES:
        return _run(arguments[0], arguments[1:])
    return _run("manage", arguments)


def _enter_environment(lock: Lock, arguments: Sequence[str]) -> None:
    """Make the environment current and go on in its Python."""
    environment.ensure(lock)
    if sys.prefix != str(environment.VENV):
        main_file = os.path.join(os.path.dirname(__file__), "__main__.py")  # noqa: PTH118, PTH120
        os.execv(PYTHON, [str(PYTHON), main_file, *arguments])  # noqa: S606 - no shell is wanted


def _run(name: str, arguments: Sequence[str]) -> int:
    """Load only the module of this command, so that each starts quickly."""
    status: int = import_module(f"launcher.{MODULES[name]}").run(arguments)
    return status
