"""How many events a second are verified: in the database, and by verify_bundle.py on a bundle."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from django.db import connection

from catalog.benchmarks.audit_stores import deed_of
from catalog.benchmarks.failure import BenchmarkFailed
from catalog.benchmarks.rounds import Measure, alternate
from governance.actions.record import record_many
from governance.actions.seal_events import seal_events
from governance.audit import verify_bundle
from governance.trail import export
from governance.trail.keys import signing_seal, verifying_key
from governance.trail.verify import verify_trail

# What one COPY writes, and what one head covers: a second of a busy installation.
_WRITTEN_AT_ONCE = 100_000
_SEALED_AT_ONCE = 2_000


def prepare(told: Sequence[str]) -> Callable[[], dict[str, Any]]:
    """`told` is the number of events and of rounds."""
    events, rounds = map(int, told)
    return partial(_measure, events, rounds)


def _measure(events: int, rounds: int) -> dict[str, Any]:
    filled = _fill(events)
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "bundle.zip"
        began = time.perf_counter()
        exported = export.write(bundle, verifying_key(), begin=None, end=None)
        filled["bundled_per_s"] = exported / (time.perf_counter() - began)
        measures: dict[str, Measure] = {
            "verified_per_s": _verify,
            "verified_offline_per_s": partial(_verify_offline, bundle, exported),
        }
        samples = alternate(measures, rounds, _say)
    return {"events": exported, "samples": samples, **filled}


def _fill(events: int) -> dict[str, float]:
    """Write and seal as the product does, without waiting between batches."""
    began = time.perf_counter()
    for first in range(0, events, _WRITTEN_AT_ONCE):
        record_many(map(deed_of, range(first, min(first + _WRITTEN_AT_ONCE, events))))
    written = time.perf_counter()
    seal = signing_seal()
    while seal_events(seal, batch=_SEALED_AT_ONCE):
        pass
    sealed = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    return {"copied_per_s": events / (written - began), "sealed_in_bulk_per_s": events / (sealed - written)}


def _verify() -> float:
    began = time.perf_counter()
    report = verify_trail(verifying_key())
    seconds = time.perf_counter() - began
    if report.finding is not None:
        raise BenchmarkFailed(f"The trail was not verified, so the rate says nothing: {report.finding.said}")
    return report.events / seconds


def _verify_offline(bundle: Path, events: int) -> float:
    """As an auditor runs it: another Python, which knows nothing of this installation."""
    command = [sys.executable, "-I", str(verify_bundle.__file__), str(bundle), verifying_key()]
    began = time.perf_counter()
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if answer.returncode:
        raise BenchmarkFailed(
            f"The bundle was not verified, so the rate says nothing: {answer.stdout}{answer.stderr}"
        )
    return events / seconds


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
