"""Several processes that begin together: baselines get as many of them as the crawl gets workers."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from catalog.benchmarks.failure import BenchmarkFailed

# What a member writes when it has prepared itself; when it has done its share it writes its result as JSON.
READY = "ready\n"
_GONE = "A process ended before its work was done; see its error above."
_REPOSITORY = Path(__file__).resolve().parent.parent.parent


def timed(task: str, paths: Sequence[str], members: int, environment: Mapping[str, str]) -> float:
    """Seconds from the common start to the last member's end; imports and connections are made before.

    `task` is "module:function": called with a share of `paths`, it returns the function whose run is timed.
    """
    crew = [_hire(task, share, environment) for share in shares(paths, members)]
    try:
        for member in crew:
            _await_ready(member)
        began = time.perf_counter()
        for member in crew:
            _tell(member, "go")
        for member in crew:
            _result(member)
        return time.perf_counter() - began
    finally:
        for member in crew:
            member.kill()
            member.communicate()


def alone(task: str, paths: Sequence[str], environment: Mapping[str, str]) -> Any:
    """Run a task in one process and return what it returned, which JSON must be able to hold."""
    member = _hire(task, paths, environment)
    try:
        _await_ready(member)
        _tell(member, "go")
        return _result(member)
    finally:
        member.kill()
        member.communicate()


def shares(paths: Sequence[str], members: int) -> list[Sequence[str]]:
    """Cut into runs of neighbours, as even as can be."""
    bounds = [len(paths) * number // members for number in range(members + 1)]
    return [paths[begin:end] for begin, end in pairwise(bounds)]


def _hire(task: str, share: Sequence[str], environment: Mapping[str, str]) -> "subprocess.Popen[str]":
    member = subprocess.Popen(
        [sys.executable, "-m", "catalog.benchmarks.member", task],
        env=dict(environment),
        cwd=_REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    _tell(member, json.dumps(list(share)))
    return member


def _tell(member: "subprocess.Popen[str]", line: str) -> None:
    if member.stdin is None:
        raise BenchmarkFailed("A member of a crew has no ears.")
    member.stdin.write(f"{line}\n")
    member.stdin.flush()


def _await_ready(member: "subprocess.Popen[str]") -> None:
    if _heard(member) != READY:
        raise BenchmarkFailed(_GONE)


def _result(member: "subprocess.Popen[str]") -> Any:
    line = _heard(member)
    if not line:
        raise BenchmarkFailed(_GONE)
    return json.loads(line)


def _heard(member: "subprocess.Popen[str]") -> str:
    return member.stdout.readline() if member.stdout else ""
