"""`./isocenter account NAME --role administrator`: make an account for a person, or give one more roles."""

import getpass
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.urls import reverse

from governance.actions.create_account import create_account
from governance.actions.invite import Guest, invite
from governance.actions.refusals import Refused
from governance.actions.reset_second_factor import reset_second_factor
from governance.command import GovernedCommand
from governance.models import Collection, Role, User
from governance.permissions import Permission
from governance.usernames import check_username

TRIES = 3


class Command(GovernedCommand):
    help = (
        "Make an account for a person, with roles; or give roles to one that is there. Asks for the password."
    )
    permission = Permission.USER_MANAGE

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", metavar="NAME", help="the name to sign in with")
        parser.add_argument(
            "--role",
            action="append",
            default=[],
            metavar="ROLE",
            help="such as administrator; repeat for more",
        )
        parser.add_argument("--collection", metavar="NAME", help="give the roles on this one (on all)")
        parser.add_argument("--email", default="", help="needed to sign in through an identity provider")
        parser.add_argument(
            "--invite", action="store_true", help="print a link with which they make it themselves"
        )

        parser.add_argument(
            "--reset-second-factor",
            dest="reset",
            metavar="WHY",
            help="take away the second factors of somebody who has lost them, and end their sessions",
        )

    def place(self, options: Mapping[str, Any]) -> Collection | None:  # noqa: ARG002 - accounts are everywhere
        return None

    def handle(self, *_args: Any, username: str, **options: Any) -> None:
        roles = _roles(options["role"])
        collection = _collection(options["collection"])
        try:
            if options["reset"] is not None:
                self._reset(username, options["reset"])
            elif options["invite"]:
                self._invite(username, options["email"], roles, collection)
            else:
                self._create(username, options["email"], roles, collection)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except Refused as error:
            raise CommandError(str(error)) from None

    def _reset(self, username: str, reason: str) -> None:
        account = User.objects.filter(username=username).first()
        if account is None:
            raise CommandError("There is no such account.")
        removed = reset_second_factor(account, actor=self.acting, reason=reason)
        self.stderr.write(f"{removed} second factors of {account} are gone, and their sessions ended.")

    def _invite(
        self, username: str, email: str, roles: Sequence[Role], collection: Collection | None
    ) -> None:
        if User.objects.filter(username=username).exists():
            raise CommandError("There is an account of this name. Without --invite it is given the roles.")
        guest = Guest(first_name=username, email=email, roles=roles, collection=collection)
        secret = invite(guest, actor=self.acting).secret
        self.stdout.write(reverse("invitation", args=[secret]))
        self.stderr.write(
            "Put the address of your installation in front (http://localhost:8000 with ./isocenter up) and send the link "
            "to them alone: it works once, for seven days, and is not shown again."
        )

    def _create(
        self, username: str, email: str, roles: Sequence[Role], collection: Collection | None
    ) -> None:
        known = User.objects.filter(username=username).first()
        if known is not None and known.kind == User.Kind.SERVICE and not roles:
            raise CommandError("This is a service account: it has tokens, no password.")
        if known is None:
            check_username(username)
            password = self._ask(User(username=username, email=email))
        else:
            password = None
        account = create_account(
            username,
            roles=roles,
            collection=collection,
            email=email,
            password=password,
            actor=self.acting,
        )
        done = "has an account now" if known is None else "had an account"
        held = ", ".join(role.name for role in roles) or "no role"
        self.stderr.write(f"{account} {done}; given: {held}{f' on {collection.name}' if collection else ''}.")

    def _ask(self, owner: User) -> str:
        """Ask twice for a password, and again while it will not do."""
        for _again in range(TRIES):
            password = getpass.getpass("Password: ")
            if password != getpass.getpass("The same again: "):
                self.stderr.write("The two are not the same.")
                continue
            try:
                password_validation.validate_password(password, owner)
            except ValidationError as error:
                self.stderr.write("\n".join(error.messages))
                continue
            return password
        raise CommandError("No account was made.")


def _roles(named: Sequence[str]) -> list[Role]:
    found = {role.slug: role for role in Role.objects.filter(slug__in=named)}
    if missing := [name for name in named if name not in found]:
        known = ", ".join(Role.objects.order_by("slug").values_list("slug", flat=True))
        raise CommandError(f"There is no role {missing[0]}. There are: {known}.")
    return list(found.values())


def _collection(name: str | None) -> Collection | None:
    if name is None:
        return None
    found = Collection.objects.filter(name=name).first()
    if found is None:
        raise CommandError("There is no such collection.")
    return found
