"""Let another person answer for a service account."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import forget_scopes, require, scope_of
from governance.actions.close_lens import ClosedBy, close_lenses
from governance.actions.record import Thing, record
from governance.actions.refusals import Refused
from governance.audit.events import Event
from governance.models import ApiToken, Grant, User
from governance.people import hands_of, may_answer_at
from governance.permissions import Permission
from governance.reach import may_do_more


@transaction.atomic
def change_answerable(account: User, *, answerable: User, actor: User | None, reason: str) -> int:
    """Have `answerable` answer for `account` from now on, end all its tokens, and return how many those were.

    Needs user:manage. Nobody comes to answer for a program to which they gave access that it still holds: that would be
    access by one's own leave. To somebody who may not do what it may, it is access: access:manage is needed there too,
    and nobody gives it to themselves (PermissionDenied). Raises ValidationError when nobody who can sign in would answer
    for it, Refused without a reason or a change. `actor` is None for the command line.
    """
    if actor is not None:
        require(actor, Permission.USER_MANAGE)
    if account.kind != User.Kind.SERVICE:
        raise Refused(_("People answer for themselves."))
    if not reason.strip():
        raise Refused(_("Say why somebody else is to answer for it."))
    # Locked, so that whoever answered before makes no token meanwhile.
    before = User.objects.select_for_update(of=("self",)).get(pk=account.pk).answerable_id
    if before == answerable.pk:
        raise Refused(_("They answer for it already."))
    _check(account, answerable, actor)
    User.objects.filter(pk=account.pk).update(answerable=answerable)
    account.answerable = answerable
    ended = ApiToken.objects.filter(user=account, revoked_at__isnull=True).update(revoked_at=timezone.now())
    close_lenses(account, by=ClosedBy.TOKENS_ENDED, actor=actor)
    forget_scopes([account])
    record(
        Event.ANSWERABLE_CHANGED,
        actor=actor,
        things=(Thing("user", account.pk), Thing("answerable", answerable.pk)),
        purpose=reason.strip(),
        detail={"before": before, "tokens": ended},
    )
    return ended


def _check(account: User, answerable: User, actor: User | None) -> None:
    now = timezone.now()
    if not may_answer_at(now).filter(pk=answerable.pk).exists():
        raise ValidationError({"answerable": _("An active person has to answer for it.")})
    # By a program of theirs they have given it as much as by themselves.
    hands = hands_of(answerable)
    theirs = Q(given_by__in=hands) | Q(approver__in=hands)
    given = Grant.objects.concerning(account).lasting(now)
    if given.filter(theirs).exists():
        raise PermissionDenied(
            _(
                "Nobody answers for a program to which they gave access: name somebody else, or revoke that first."
            )
        )
    if actor is not None and may_do_more([account], than=answerable):
        gives = scope_of(actor, Permission.ACCESS_MANAGE)
        places = given.values_list("collection", flat=True)
        if actor == answerable or not all(gives.holds(place) for place in places):
            raise PermissionDenied(
                _("It may do what they may not: somebody else who gives access there has to name them.")
            )
