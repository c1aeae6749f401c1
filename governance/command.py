"""What every command of ours is built on: it declares a permission, and can act for a person who holds it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from governance.access import require
from governance.actions.record import record
from governance.audit.events import Event, Outcome
from governance.audit.origin import OF_COMMANDS, coming_from
from governance.models import Collection, User
from governance.models.people import acting_at
from governance.permissions import Permission


class GovernedCommand(BaseCommand):
    """A command that needs `permission`, or says in `open_because` why it needs none.

    Without `--as` it acts for whoever owns the installation: they hold the machine and its keys anyway, and the audit
    trail knows them by their account on it. With `--as NAME` it acts for that person, who must hold the permission,
    and whom the trail names together with the account.
    """

    permission: ClassVar[Permission | None]
    # By the verb that follows a command's name, where one verb needs another permission than the rest.
    verb_permissions: ClassVar[Mapping[str, Permission]] = {}
    open_because: ClassVar[str] = ""

    # For whom it acts; None is the owner of the installation. Hand it on to actions as their actor.
    acting: User | None = None

    @classmethod
    def needed(cls, verb: str = "") -> Permission | None:
        """Return what a run of this verb needs."""
        return cls.verb_permissions.get(verb, cls.permission)

    def place(self, options: Mapping[str, Any]) -> Collection | None:  # noqa: ARG002 - for those that name one
        """Return the Collection that the run is about; None is all of them."""
        return None

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        if self.permission is not None:
            parser.add_argument(
                "--as",
                dest="acting_as",
                metavar="USERNAME",
                help="act for this person, who must be permitted to",
            )
        return parser

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Ask for the permission first; CommandError where it is missing, which the audit trail notes."""
        with coming_from(OF_COMMANDS):
            return self._executed(*args, **options)

    def _executed(self, *args: Any, **options: Any) -> str | None:
        self.acting = _person(options.pop("acting_as", None))
        try:
            if self.acting is not None and (permission := self.needed(options.get("verb", ""))) is not None:
                require(self.acting, permission, self.place(options))
            return super().execute(*args, **options)
        except PermissionDenied as refusal:
            record(Event.ACCESS_REFUSED, actor=self.acting, outcome=Outcome.REFUSED)
            raise CommandError(str(refusal)) from refusal


def _person(username: str | None) -> User | None:
    if username is None:
        return None
    person = User.objects.filter(acting_at(timezone.now()), username=username).first()
    if person is None:
        raise CommandError("--as: there is no such person, or they may not sign in.")
    return person
