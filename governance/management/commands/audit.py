"""`./isocenter audit …`: seal the audit trail, verify it, and take proofs of it to people who trust nobody."""

import json
import signal
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import structlog
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.utils.timesince import timesince

from governance.actions.record import Thing, record
from governance.actions.seal_events import BATCH, Seal, make_months, seal_events
from governance.actions.verify_audit import record_verification
from governance.anchors.anchor import Unavailable
from governance.anchors.configured import configured_anchors
from governance.audit.events import Event
from governance.command import GovernedCommand
from governance.permissions import Permission
from governance.trail import export, proofs
from governance.trail.anchored import Anchored
from governance.trail.anchoring import Anchoring, anchor_everywhere
from governance.trail.formats import FORMATS, NotExportable
from governance.trail.handout import write_events
from governance.trail.keys import NoKey, signing_seal, verifying_key
from governance.trail.verify import Report, verify_trail

PAUSE_SECONDS = 1.0
MONTHS_EVERY_SECONDS = 3600.0
log = structlog.get_logger(__name__)


def _add_period(parser: ArgumentParser) -> None:
    parser.add_argument("--from", dest="begin", help="first day (YYYY-MM-DD, UTC); the beginning")
    parser.add_argument("--to", dest="end", help="last day (YYYY-MM-DD, UTC); today")


def _new_file(target: Path) -> Path:
    if target.exists():
        raise CommandError(f"{target} exists; name another file.")
    return target


@contextmanager
def _or_no_file(target: Path) -> Iterator[None]:
    """Leave no file when it does not become whole, nor one of which the trail does not know. Raises CommandError."""
    try:
        yield
    except OSError as error:
        target.unlink(missing_ok=True)
        raise CommandError(f"{target} cannot be written: {error.strerror}.") from None
    except BaseException:
        target.unlink(missing_ok=True)
        raise


class _End(BaseException):
    """SIGTERM: the transaction at hand is rolled back, and its events wait for the next sealer."""


class Command(GovernedCommand):
    help = "Seal the audit trail, verify it, prove what it holds (docs/audit.md)."
    permission = Permission.AUDIT_READ
    verb_permissions: ClassVar = {
        "seal": Permission.INSTALLATION_MANAGE,
        "bundle": Permission.AUDIT_EXPORT,
        "export": Permission.AUDIT_EXPORT,
    }

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        seal = verbs.add_parser("seal", help="give new events their places and sign the head")
        seal.add_argument("--watch", action="store_true", help="go on every second until asked to end")
        seal.add_argument(
            "--alive",
            type=Path,
            metavar="FILE",
            help="touch FILE every second, for a health check to look at",
        )
        verify = verbs.add_parser("verify", help="hold the whole trail against its signed heads")
        verify.add_argument("--key", help="the public key, where this machine has no private one")
        verify.add_argument("--json", action="store_true", help="one JSON object on standard output")
        verbs.add_parser("key", help="print the public key that verifies this trail")
        bundle = verbs.add_parser("bundle", help="write events and proofs for an auditor")
        _add_period(bundle)
        bundle.add_argument("target", type=Path, help="the file to write: OUT.zip")
        handout = verbs.add_parser("export", help="write events in the form that another system reads")
        handout.add_argument("--format", dest="form", choices=FORMATS, default="json", help="the form; json")
        _add_period(handout)
        handout.add_argument("target", type=Path, help="the file to write; compressed where it ends in .gz")
        prove = verbs.add_parser("prove", help="prove that one event is in the trail")
        prove.add_argument("--event", required=True, type=int, help="the event's number")
        consistency = verbs.add_parser("consistency", help="prove that nothing was changed between two heads")
        consistency.add_argument("old", type=int, help="events under the earlier checkpoint")
        consistency.add_argument("new", type=int, help="events under the later checkpoint")

    def handle(self, *_args: Any, verb: str, **options: Any) -> None:
        try:
            getattr(self, verb)(options)
        except NoKey as error:
            raise CommandError(str(error)) from None
        except (proofs.NotSealed, export.NothingToExport, NotExportable, Unavailable) as error:
            raise CommandError(str(error)) from None

    def seal(self, options: dict[str, Any]) -> None:
        seal = signing_seal()
        if options["watch"]:
            _watch(seal, options["alive"])
        else:
            make_months()
            self.stderr.write(f"{_seal_all(seal)} events sealed.")
            if failed := anchor_everywhere():
                raise CommandError(f"Sealed, and not anchored. {' '.join(failed)}")

    def verify(self, options: dict[str, Any]) -> None:
        report = verify_trail(options["key"] or verifying_key(), anchors=configured_anchors())
        record_verification(report, self.acting)
        told = _told(report)
        if options["json"]:
            self.stdout.write(json.dumps(told))
        elif report.finding is None:
            self.stdout.write(f"Verified: {report.events} events under {report.checkpoints} signed heads.")
            if report.last:
                self.stdout.write(f"Last head: {report.last.size} events, root {report.last.root.hex()}")
            for anchored in report.anchors:
                self.stdout.write(_told_of_anchor(anchored))
        if report.finding is not None:
            place = (
                "" if report.finding.position is None else f" First bad position: {report.finding.position}."
            )
            raise CommandError(f"NOT VERIFIED. {report.finding.said}{place}")

    def key(self, _options: dict[str, Any]) -> None:
        self.stdout.write(verifying_key())

    def bundle(self, options: dict[str, Any]) -> None:
        target = _new_file(options["target"])
        _seal_all(signing_seal())
        with _or_no_file(target):
            written = export.write(target, verifying_key(), begin=options["begin"], end=options["end"])
            detail = {"events": written, "from": options["begin"], "to": options["end"]}
            record(Event.AUDIT_EXPORTED, actor=self.acting, detail=detail)
        self.stderr.write(
            f"{written} events are in {target}. To verify: python3 verify_bundle.py {target} KEY"
        )

    def export(self, options: dict[str, Any]) -> None:
        target = _new_file(options["target"])
        period = {"begin": options["begin"], "end": options["end"]}
        with _or_no_file(target):
            written = write_events(target, FORMATS[options["form"]], **period)
            detail = {
                "events": written,
                "format": options["form"],
                "from": period["begin"],
                "to": period["end"],
            }
            record(Event.AUDIT_EXPORTED, actor=self.acting, detail=detail)
        self.stderr.write(f"{written} events are in {target}.")

    def prove(self, options: dict[str, Any]) -> None:
        self.stdout.write(proofs.prove_event(options["event"]).decode())
        record(Event.AUDIT_READ, actor=self.acting, things=(Thing("event", options["event"]),))

    def consistency(self, options: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(proofs.prove_consistency(options["old"], options["new"])))


def _watch(seal: Seal, alive: Path | None) -> None:
    """Seal every second until SIGTERM or Ctrl-C; a database that is away for a while is waited for."""
    signal.signal(signal.SIGTERM, _end)
    months_at = 0.0
    anchoring = Anchoring()
    anchoring.start()
    try:
        while True:
            try:
                if time.monotonic() >= months_at:
                    make_months()
                    months_at = time.monotonic() + MONTHS_EVERY_SECONDS
                _seal_all(seal)
            except OperationalError as error:
                log.warning("The database does not answer; the sealer waits.", exc_info=error)
                connection.close()
            if alive is not None:
                alive.touch()
            time.sleep(PAUSE_SECONDS)
    except (_End, KeyboardInterrupt):
        return
    finally:
        anchoring.end()


def _end(*_signal: Any) -> None:
    raise _End


def _seal_all(seal: Seal) -> int:
    """Seal batch after batch until nothing waits, and return how many events."""
    sealed = 0
    while now := seal_events(seal):
        sealed += now
        if now < BATCH:
            break
    return sealed


def _told(report: Report) -> dict[str, Any]:
    finding = report.finding
    return {
        "verified": finding is None,
        "events": report.events,
        "checkpoints": report.checkpoints,
        "root": report.last.root.hex() if report.last else None,
        "position": finding.position if finding else None,
        "problem": finding.said if finding else None,
        "anchor": finding.anchor or None if finding else None,
        "anchors": [_anchor_as_json(anchored) for anchored in report.anchors],
    }


def _anchor_as_json(anchored: Anchored) -> dict[str, Any]:
    return {
        "name": anchored.anchor,
        "heads": len(anchored.heads),
        "last_size": anchored.last_size,
        "last_at": anchored.last_at.isoformat() if anchored.last_at else None,
    }


def _told_of_anchor(anchored: Anchored) -> str:
    """One line for people: how much an anchor holds, and how old the newest of it is."""
    if not anchored.heads:
        return f"Anchor {anchored.anchor}: no head yet."
    number = "1 head" if len(anchored.heads) == 1 else f"{len(anchored.heads)} heads"
    told = f"Anchor {anchored.anchor}: {number}, the last of {anchored.last_size} events"
    return f"{told}, {timesince(anchored.last_at)} ago." if anchored.last_at else f"{told}."
