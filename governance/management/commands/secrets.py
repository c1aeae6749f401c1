"""`./isocenter secrets …`: which keys the database's secrets are under, and bringing them under a new one."""

import base64
import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from governance.actions.reseal_secrets import census, reseal_secrets
from governance.command import GovernedCommand
from governance.permissions import Permission
from governance.vault import CannotOpen, NoSecretsKey, key_id


class Command(GovernedCommand):
    help = "Keys of the secrets that lie in the database encrypted (docs/security.md)."
    permission = Permission.INSTALLATION_MANAGE

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser(
            "check", help="count the secrets under each key; status 1 unless all are under the first"
        )
        verbs.add_parser(
            "rotate", help="bring every secret under the first key; may be stopped and run again"
        )
        verbs.add_parser("key", help="print a new key, to be put before the others")

    def handle(self, *_args: Any, verb: str, **_options: Any) -> None:
        {"check": self.count, "rotate": self.rotate, "key": self.new_key}[verb]()

    def new_key(self) -> None:
        self.stdout.write(base64.b64encode(os.urandom(32)).decode())

    def rotate(self) -> None:
        try:
            resealed = reseal_secrets(actor=self.acting)
        except (CannotOpen, NoSecretsKey) as error:
            raise CommandError(f"{error} What was resealed before stays so.") from None
        self.stderr.write(f"{resealed} rows were brought under the first key.")

    def count(self) -> None:
        named = [key_id(key) for key in settings.SECRETS_KEYS]
        found = census()
        for name in [*named, "-"]:
            words = "cannot be opened by any key" if name == "-" else f"under key {name}"
            self.stdout.write(
                f"{found[name]:>8}  {words}{' (the first)' if name == next(iter(named), '') else ''}"
            )
        if found.total() - found[next(iter(named), "")]:
            raise CommandError(
                "Not every secret is under the first key; `./isocenter secrets rotate` sees to it."
            )
