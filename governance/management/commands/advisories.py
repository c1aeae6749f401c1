"""`./isocenter advisories FILE_OR_FOLDER`: which known faults concern the locked packages; nobody is asked."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from governance.command import GovernedCommand
from governance.supply.advisories import Match, NoAdvisory, matches, read_advisories
from governance.supply.lock import read_lock


class Command(GovernedCommand):
    help = (
        "Hold the locked packages against advisories (OSV format, JSON or YAML). Status 1 when one matches."
    )
    permission = None
    open_because = "it reads the lock of the release and files of the caller's, and asks no database"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "place", type=Path, help="an advisory, or a folder of them, such as PyPA's database"
        )
        lock = settings.BASE_DIR / "requirements" / "base.txt"
        parser.add_argument("--lock", type=Path, default=lock, help="another lock than requirements/base.txt")

    def handle(self, *_args: Any, place: Path, lock: Path, **_options: Any) -> None:
        try:
            packages, advisories = read_lock(lock), list(read_advisories(place))
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.", returncode=2) from None
        except NoAdvisory as error:
            raise CommandError(str(error), returncode=2) from None
        if not advisories:
            raise CommandError(f"{place} holds no advisory.", returncode=2)
        found = sorted(matches(packages, advisories), key=lambda match: (match.package.name, match.advisory))
        for row in _table(found):
            self.stdout.write(row)
        said = f"{len(advisories)} advisories, {len(packages)} packages: {len(found)} matches."
        if found:
            raise CommandError(said)
        self.stderr.write(said)


def _table(found: list[Match]) -> list[str]:
    """The matches in columns as wide as they need."""
    if not found:
        return []
    rows = [("PACKAGE", "VERSION", "ADVISORY", "MENDED IN", "SUMMARY")]
    for match in found:
        names = ", ".join((match.advisory, *match.aliases))
        mended = ", ".join(match.mended_in) or "no version yet"
        rows.append((match.package.name, match.package.version, names, mended, match.summary))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return [
        "  ".join([*(word.ljust(width) for word, width in zip(row, widths, strict=False)), row[4]])
        for row in rows
    ]
