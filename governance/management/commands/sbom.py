"""`./isocenter sbom OUT.json`: what Isocenter is made of, for other programs."""

import json
import tomllib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from governance.command import GovernedCommand
from governance.supply.bill import bill_of
from governance.supply.lock import read_lock


class Command(GovernedCommand):
    help = "Write a software bill of materials (CycloneDX 1.6, JSON) of the locked packages."
    permission = None
    open_because = "it reads the lock of the release, which everybody has, and asks no database"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("target", type=Path, help="the file to write")
        lock = settings.BASE_DIR / "requirements" / "base.txt"
        parser.add_argument("--lock", type=Path, default=lock, help="another lock than requirements/base.txt")

    def handle(self, *_args: Any, target: Path, lock: Path, **_options: Any) -> None:
        try:
            packages = read_lock(lock)
            project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))[
                "project"
            ]
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from None
        bill = bill_of(packages, name=project["name"], version=project["version"])
        target.write_text(json.dumps(bill, indent=1) + "\n", encoding="utf-8")
        self.stderr.write(f"{len(packages)} packages are in {target}.")
