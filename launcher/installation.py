"""Installing a lock into an environment: through uv, or through pip where uv will not do."""

import os
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path

from launcher.console import say
from launcher.layout import ROOT
from launcher.pip_settings import for_uv
from launcher.problem import Problem

BOOTSTRAP = ROOT / "requirements" / "bootstrap.txt"
# Set in somebody's shell, these would lead pip to another environment.
ELSEWHERE = (
    "PYTHONPATH",
    "PYTHONHOME",
    "VIRTUAL_ENV",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_USER",
    "CONDA_PREFIX",
)
OFFLINE = (
    "CERTIFICATE_VERIFY_FAILED",
    "ConnectTimeout",
    "ConnectionError",
    "NameResolution",
    "Network is unreachable",
    "ProxyError",
    "SSLError",
    "error sending request",
)
CHECK_NETWORK = (
    "Check the network, then run the same command again. Behind a proxy set HTTPS_PROXY; "
    "with a package mirror of your own set PIP_INDEX_URL and, for its certificate, PIP_CERT."
)
PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input")
INSTALL = ("install", "--quiet", "--require-hashes", "--no-deps", "-r")


def install(python: Path, lock: Path) -> None:
    """Install what the lock names: uv takes 3 s where pip takes 40. Raises Problem when neither can."""
    failure = _through_uv(python, lock)
    if failure:
        reason = failure.message.strip().splitlines()[-1].strip()
        say(f"uv could not install ({reason}); going on with pip, which takes longer.")
        run([str(python), *PIP, *INSTALL, str(lock)])


def _through_uv(python: Path, lock: Path) -> Problem | None:
    """Return why uv did not install it, or None when it did. Raises Problem where pip would fail alike."""
    pip = [str(python), *PIP]
    try:
        run([*pip, "--retries", "2", *INSTALL, str(BOOTSTRAP)])
    except Problem as problem:
        if problem.remedy == CHECK_NETWORK:
            raise
        return problem
    try:
        uv = [str(python.with_name("uv")), "pip", "install", "--python", str(python)]
        run([*uv, "--quiet", "--require-hashes", "--no-deps", "-r", str(lock)], for_uv(pip))
    except Problem as problem:
        return problem
    return None


def run(program: Sequence[str], more: dict[str, str] | None = None) -> None:
    """Run one step quietly, or raise Problem with the last of what it said."""
    environment = {**os.environ, **(more or {})}
    for name in ELSEWHERE:
        environment.pop(name, None)
    answer = subprocess.run(
        program, capture_output=True, text=True, check=False, env=environment, stdin=subprocess.DEVNULL
    )
    if answer.returncode:
        raise cannot_install(answer.stderr or answer.stdout)


def cannot_install(said: str) -> Problem:
    """A Problem with the remedy that fits what a step said."""
    lines = [line for line in said.strip().splitlines() if not line.startswith("WARNING: Retrying")]
    cause = "\n".join(f"    {line}" for line in lines[-6:])
    if "No space left on device" in said or "Disk quota exceeded" in said:
        remedy = f"Free about 500 MB on the disk of {ROOT}, then run the same command again."
    elif "ensurepip" in said:
        remedy = "Install Python's venv module; on Debian and Ubuntu: apt install python3-venv"
    elif any(sign in said for sign in OFFLINE):
        remedy = CHECK_NETWORK
    else:
        remedy = f"Run the same command again; if that does not help, remove {ROOT / '.venv'} first."
    return Problem(
        f"The environment could not be set up (Python {platform.python_version()}):\n{cause}", remedy
    )
