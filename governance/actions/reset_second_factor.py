"""Take somebody's second factors away, who has lost what they showed."""

from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from governance.access import require
from governance.actions.end_sessions import end_sessions
from governance.actions.record import Thing, record
from governance.actions.refusals import Refused
from governance.audit.events import Event
from governance.models import User
from governance.permissions import Permission
from governance.reach import may_do_more_by_any_hand


def refuse_reset(user: User, actor: User) -> None:
    """Raise PermissionDenied unless `actor` may take the second factors of `user` away.

    Not their own: they would need none to be rid of it. Nor of somebody who may do more than they, themselves or by a
    program that they answer for: whoever came by that person's password as well would have become them.
    """
    require(actor, Permission.USER_MANAGE)
    if actor == user:
        raise PermissionDenied(
            _("Nobody resets their own second factor here: ask somebody else who manages people.")
        )
    if may_do_more_by_any_hand(user, than=actor):
        raise PermissionDenied(
            _(
                "They may do what you may not: somebody who may do as much resets it, or whoever owns the machine."
            )
        )


@transaction.atomic
def reset_second_factor(user: User, *, actor: User | None, reason: str) -> int:
    """Remove every second factor of `user`, recovery codes too, end their sessions, and return how many those were.

    They sign in with their password and set up another before they do anything else, if their role needs one; their
    tokens wait for it. `actor` is None for the command line. Raises PermissionDenied, and Refused without a reason or
    where there is none to remove.
    """
    if actor is not None:
        refuse_reset(user, actor)
    if not reason.strip():
        raise Refused(_("Say why: it will be read by whoever reviews this."))
    # A handful at most; one by one, so that the event of each names who removed it.
    found = list(Authenticator.objects.select_for_update().filter(user=user))
    if not found:
        raise Refused(_("They have no second factor."))
    for each in found:
        each.removed_by = actor
        each.delete()
    record(
        Event.SECOND_FACTOR_RESET,
        actor=actor,
        things=(Thing("user", user.pk),),
        purpose=reason.strip(),
        detail={"kinds": sorted(each.type for each in found)},
    )
    end_sessions(user, actor=actor)
    return len(found)
