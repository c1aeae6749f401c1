"""`./isocenter test`: pytest against real services in a folder that exists for this run only."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from launcher import ownership, services
from launcher.environment import PYTHON
from launcher.layout import Layout
from launcher.management import in_foreground
from launcher.ownership import Owned

PREFIX = "isocenter-test-"
# Named by the caller's shell, these would lead the tests to real data.
NEVER_INHERITED = (
    "DATABASE_URL",
    "REDIS_URL",
    "OPENSEARCH_URL",
    "ISOCENTER_SECRET_KEY",
    "ISOCENTER_SECRETS_KEY",
    "ISOCENTER_DEMO",
    "ISOCENTER_AUDIT_ANCHORS",
    "ISOCENTER_AUDIT_S3_BUCKET",
    "ISOCENTER_AUDIT_TSA_URL",
)


def run(arguments: Sequence[str]) -> int:
    """Run pytest with the arguments and return its exit status; the folder goes whatever happens."""
    for name in NEVER_INHERITED:
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    sweep()
    with _folder() as layout, ownership.own(layout, "test"), services.running(layout, durable=False):
        environment = services.environment(layout)
        return in_foreground([str(PYTHON), "-m", "pytest", *parallel(arguments), *arguments], environment)


def parallel(arguments: Sequence[str]) -> list[str]:
    """One worker per core, unless the arguments say how many or ask for the debugger."""
    own_say = ("-n", "--numprocesses", "--pdb", "--collect-only", "--co", "-p=no:xdist")
    if any(argument.startswith(own_say) and not argument.startswith("--no") for argument in arguments):
        return []
    # In the order of tests/conftest.py: xdist would begin with the files of most tests, not with the longest.
    return ["-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]


def sweep() -> None:
    """Remove the folders of runs that were killed; their services ended with them, or end here."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if not folder.is_dir() or folder.stat().st_uid != os.geteuid() or not (folder / "run").is_dir():
            continue
        try:
            with ownership.own(Layout(folder), "test"):
                services.clear(Layout(folder))
                shutil.rmtree(folder, ignore_errors=True)
        except Owned:
            continue  # another run is at work


@contextmanager
def _folder() -> Iterator[Layout]:
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    layout = Layout(folder)
    layout.prepare()
    try:
        yield layout
    finally:
        shutil.rmtree(folder, ignore_errors=True)
