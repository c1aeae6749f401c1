"""`migrate`, then let the lesser roles sign in: what a deployment runs before anything else starts."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from governance.actions.set_role_passwords import NoSuchRole, set_role_passwords
from governance.command import GovernedCommand


class Command(GovernedCommand):
    help = "Migrate, and set the passwords of isocenter_app and isocenter_sealer that are named."
    permission = None
    open_because = "it makes the tables that people and permissions lie in"

    def handle(self, *_args: Any, verbosity: int, **_options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=verbosity)
        try:
            changed = set_role_passwords(settings.DATABASE_ROLE_PASSWORDS)
        except NoSuchRole as error:
            raise CommandError(str(error)) from None
        self.stderr.write(f"The tables are up to date; {changed} roles have their passwords.")
