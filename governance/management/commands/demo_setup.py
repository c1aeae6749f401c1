"""Make the demo's tables, people, collections and sources in one start of Django."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import CommandError

from governance.command import GovernedCommand


class Command(GovernedCommand):
    """`migrate`, then `prepare_demo`, whose JSON object is this command's only output."""

    help = "Migrate, then make the demo's people, collections and sources."
    permission = None
    open_because = "it makes the first people that there are, and refuses where there are others"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--archive", required=True, help="the folder of the demo's DICOM files")
        parser.add_argument("--again", action="store_true", help="the database is known to hold the demo")

    def handle(self, *_args: Any, archive: str, again: bool, **_options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        # The demo's passwords are printed for everybody to read: they must not open anybody's own data.
        if not again and get_user_model().objects.exists():
            raise CommandError(
                "This database already holds accounts, and the demo would add known passwords to it."
            )
        call_command("prepare_demo", "--archive", archive, stdout=self.stdout)
