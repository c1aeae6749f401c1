"""Bringing the database's tables up to date, without starting Django when they are."""

import hashlib
import subprocess
from collections.abc import Mapping

from launcher.environment import PYTHON
from launcher.layout import ROOT, Layout
from launcher.problem import Problem


def ensure(layout: Layout, environment: Mapping[str, str]) -> None:
    """Run the migrations, unless this database has had these very ones. Raises Problem when they fail."""
    if is_current(layout, environment):
        return
    program = [str(PYTHON), str(ROOT / "manage.py"), "migrate", "--noinput", "--verbosity", "0"]
    answer = subprocess.run(program, env=dict(environment), capture_output=True, text=True, check=False)
    if answer.returncode:
        cause = "\n".join(f"    {line}" for line in answer.stderr.splitlines()[-4:])
        raise Problem(
            f"The database could not be brought up to date:\n{cause}",
            "./isocenter migrate shows the whole error.",
        )
    mark_current(layout, environment)


def is_current(layout: Layout, environment: Mapping[str, str]) -> bool:
    """Whether the last successful run was of the same migrations on the same database."""
    try:
        return layout.migrated.read_text() == fingerprint(environment)
    except OSError:
        return False


def mark_current(layout: Layout, environment: Mapping[str, str]) -> None:
    """Remember that the database is up to date."""
    layout.migrated.write_text(fingerprint(environment))


def fingerprint(environment: Mapping[str, str]) -> str:
    """A digest over the database's address, the project's migrations and the locked packages, which have their own."""
    digest = hashlib.sha256(environment["DATABASE_URL"].encode() if "DATABASE_URL" in environment else b"")
    files = [ROOT / "requirements" / "base.txt", *sorted(ROOT.glob("*/migrations/*.py"))]
    for file in files:
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
