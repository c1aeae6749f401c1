"""Make the demo's people, collections and sources."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from catalog.actions.prepare_demo import prepare_demo
from governance.command import GovernedCommand
from governance.permissions import Permission
from governance.personas import DEMO_PASSWORD, PERSONAS


class Command(GovernedCommand):
    help = "Make the demo's people, collections and sources, and print them as JSON."
    permission = Permission.INSTALLATION_MANAGE

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--archive", type=Path, required=True, help="the folder of the demo's DICOM files"
        )

    def handle(self, **options: Any) -> None:
        sources = prepare_demo(options["archive"])
        users = [
            {"name": each.username, "role": each.comes_as.lower(), "password": DEMO_PASSWORD}
            for each in PERSONAS
        ]
        self.stdout.write(json.dumps({"users": users, "sources": [source.pk for source in sources]}))
