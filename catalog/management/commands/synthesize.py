"""./isocenter synthesize: write an invented DICOM archive with its answer key."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from catalog.synthesis import ArchiveNotEmpty, Kind, Summary, synthesize, synthesize_thin
from governance.command import GovernedCommand

DEFAULT_STUDIES = 60
DEFAULT_THIN_FILES = 20_000


class Command(GovernedCommand):
    help = "Write an invented DICOM archive, and answer_key.json with what is in it."
    permission = None
    open_because = "it invents files, and asks no database"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="an empty or new folder")
        parser.add_argument("--studies", type=int, help=f"how many studies (default {DEFAULT_STUDIES})")
        parser.add_argument("--seed", type=int, default=1895, help="the same seed writes the same bytes")
        parser.add_argument("--thin", action="store_true", help="full headers, a few pixels: for benchmarks")
        parser.add_argument("--files", type=int, help=f"with --thin: how many (default {DEFAULT_THIN_FILES})")
        parser.add_argument(
            "--kind", type=Kind, choices=list(Kind), help="with --thin: CT and MR, or one-image series"
        )
        parser.add_argument("--json", action="store_true", help="end with one JSON object on standard output")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            summary = self._write(options)
        except ArchiveNotEmpty as refusal:
            raise CommandError(f"{refusal}. Name a new folder.") from refusal
        self.stderr.write("")
        if options["json"]:
            self.stdout.write(json.dumps(asdict(summary)))
        else:
            self.stdout.write(f"{summary.files:,} files, {summary.studies:,} studies in {options['folder']}")

    def _write(self, options: dict[str, Any]) -> Summary:
        """Write the archive that the options ask for; raise CommandError when they contradict each other."""
        folder, seed, studies, files, kind = (
            options[name] for name in ("folder", "seed", "studies", "files", "kind")
        )
        if options["thin"] and studies is not None:
            raise CommandError("A thin archive is measured in --files, not in --studies.")
        if not options["thin"] and (files is not None or kind is not None):
            raise CommandError("--files and --kind go with --thin.")
        if any(number is not None and number < 1 for number in (studies, files)):
            raise CommandError("An archive has at least one study and one file.")
        if options["thin"]:
            thin_files, thin_kind = files or DEFAULT_THIN_FILES, kind or Kind.CT_MR
            return synthesize_thin(folder, files=thin_files, seed=seed, kind=thin_kind, report=self._progress)
        return synthesize(folder, studies=studies or DEFAULT_STUDIES, seed=seed, report=self._progress)

    def _progress(self, files: int) -> None:
        self.stderr.write(f"\r{files:,} files", ending="")
