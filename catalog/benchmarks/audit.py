"""What the audit trail and the access rules cost, against what there would be without them, in one run."""

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from catalog.benchmarks import audit_pages, audit_stores, audit_verifying, audit_writing
from catalog.benchmarks.audit_goals import audit_goals
from catalog.benchmarks.crew import alone
from catalog.benchmarks.machine import describe_machine
from catalog.benchmarks.report import Report
from catalog.benchmarks.rounds import medians
from catalog.benchmarks.stage import own_stage
from governance.audit.notes import new_key

Say = Callable[[str], None]


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    sizes = {
        "events": (16_000, "events that the sixteen writers keep in each round"),
        "rounds": (5, "rounds of everything that alternates"),
        "verified": (1_000_000, "events of the trail that is verified"),
        "studies": (1_000_000, "studies of the estate that access rules are measured on"),
        "collections": (500, "its Collections"),
        "people": (1_000, "its people"),
        "grants": (20_000, "its grants"),
    }
    for name, (default, said) in sizes.items():
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{said} (default: %(default)s)")


def measure(options: Mapping[str, Any], say: Say) -> Report:
    """Measure writing, verifying and access, each in a database of its own that is gone afterwards."""
    rounds = str(options["rounds"])
    estate = [str(options[name]) for name in ("studies", "collections", "people", "grants")]
    figures: dict[str, Any] = {
        "benchmark": "audit",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "writers": audit_writing.WRITERS,
        "stores_are": audit_stores.IN_WORDS,
    }
    say(f"{options['events']:,} events by {audit_writing.WRITERS} writers, {rounds} rounds")
    written = _alone(f"{audit_writing.__name__}:prepare", [str(options["events"]), rounds], figures)
    say(f"{options['verified']:,} events to be verified")
    verified = _alone(f"{audit_verifying.__name__}:prepare", [str(options["verified"]), rounds], figures)
    say(f"{options['studies']:,} studies in {options['collections']:,} collections")
    ruled = _alone(f"{audit_pages.__name__}:prepare", [*estate, rounds], figures)
    samples = {**written, **verified.pop("samples")}
    figures |= {**medians(samples), **verified, **ruled, "samples": samples}
    return Report(figures, audit_goals(figures))


def _alone(task: str, told: list[str], figures: dict[str, Any]) -> Any:
    """Run one part in a process and a database of its own, with a key of its own to sign with."""
    with own_stage(Path(settings.DATA_DIR) / "bench") as stage:
        figures.setdefault("machine", describe_machine(stage.database))
        files = {"ISOCENTER_AUDIT_KEY_FILE", "ISOCENTER_AUDIT_PUBLIC_KEY", "ISOCENTER_AUDIT_PUBLIC_KEY_FILE"}
        anchors = {"ISOCENTER_AUDIT_ANCHORS", "ISOCENTER_AUDIT_S3_BUCKET", "ISOCENTER_AUDIT_TSA_URL"}
        kept = {name: value for name, value in stage.environment.items() if name not in files | anchors}
        return alone(task, told, {**kept, "ISOCENTER_AUDIT_KEY": new_key().decode()})
