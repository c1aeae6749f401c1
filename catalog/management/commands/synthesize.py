"""./isocenter synthesize: write an invented DICOM archive with its answer key."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.synthesis import ArchiveNotEmpty, synthesize


class Command(BaseCommand):
    help = "Write an invented DICOM archive, and answer_key.json with what is in it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="an empty or new folder")
        parser.add_argument("--studies", type=int, default=60, help="how many studies (default 60)")
        parser.add_argument("--seed", type=int, default=1895, help="the same seed writes the same bytes")
        parser.add_argument("--json", action="store_true", help="end with one JSON object on standard output")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            summary = synthesize(
                options["folder"], studies=options["studies"], seed=options["seed"], report=self._progress
            )
        except ArchiveNotEmpty as refusal:
            raise CommandError(f"{refusal}. Name a new folder.") from refusal
        self.stderr.write("")
        if options["json"]:
            self.stdout.write(json.dumps(asdict(summary)))
        else:
            self.stdout.write(f"{summary.files:,} files, {summary.studies:,} studies in {options['folder']}")

    def _progress(self, files: int) -> None:
        self.stderr.write(f"\r{files:,} files", ending="")
