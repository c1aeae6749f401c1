"""`./isocenter token USER`: make a bearer token for the API and show its secret, once."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from governance.actions.issue_token import LONGEST_DAYS, issue_token
from governance.command import GovernedCommand
from governance.models import User
from governance.permissions import Permission


class Command(GovernedCommand):
    help = "Make a bearer token for the API. Its secret goes to standard output and cannot be shown again."
    permission = Permission.USER_MANAGE

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="whose permissions the token has")
        parser.add_argument("--name", default="command line", help="what it is for, to tell it from others")
        parser.add_argument(
            "--scope",
            action="append",
            default=[],
            choices=[each.value for each in Permission],
            metavar="PERMISSION",
            help="hold it to this, such as catalog:read; repeat for more (whatever the user may do)",
        )
        parser.add_argument(
            "--days", type=int, default=90, help=f"how long it is valid (1 to {LONGEST_DAYS}; 90)"
        )

    def handle(self, *_args: Any, user: str, name: str, days: int, scope: list[str], **_options: Any) -> None:
        if not 1 <= days <= LONGEST_DAYS:
            raise CommandError(f"--days must be from 1 to {LONGEST_DAYS}.")
        owner = User.objects.filter(username=user, is_active=True).first()
        if owner is None:
            raise CommandError("There is no such user, or they may not sign in.")
        expires_at = timezone.now() + timedelta(days=days)
        scopes = [Permission(value) for value in scope]
        secret = issue_token(owner, name=name[:80], expires_at=expires_at, scopes=scopes, actor=self.acting)
        self.stdout.write(secret)
        self.stderr.write(
            f"Token “{name[:80]}” of {owner.get_username()}, valid until {expires_at:%Y-%m-%d}. "
            "Send it as `Authorization: Bearer …`; it is not shown again."
        )
