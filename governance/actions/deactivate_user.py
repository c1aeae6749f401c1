"""Close an account, at once and everywhere."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import forget_scopes, require
from governance.actions.close_lens import ClosedBy, close_lenses
from governance.actions.end_sessions import end_sessions
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import ApiToken, BreakGlass, Grant, User
from governance.people import may_sign_in_at
from governance.permissions import Permission

# Two who deactivate each other at the same moment would each see the other as the one who is left.
_LOCK = 0x15C0_0002


@transaction.atomic
def deactivate_user(user: User, *, actor: User | None) -> None:
    """Let nobody in as `user` any more: their sessions end, their tokens and those of programs that they answer for are
    revoked, their lenses close, and so does a glass that they broke.

    Their grants stay, worth nothing meanwhile. Needs user:manage. Nobody deactivates themselves, nor the last one who
    looks after the installation: ValidationError. `actor` is None for the command line.
    """
    if actor is not None:
        require(actor, Permission.USER_MANAGE)
        if actor == user:
            raise PermissionDenied(_("Nobody deactivates themselves: ask somebody else who manages people."))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    if not User.objects.filter(pk=user.pk, is_active=True).exists():
        return
    if _looks_after_it(user) and not _others_who_look_after_it(user):
        raise ValidationError(
            _("Nobody else could look after the installation: give somebody the role first.")
        )
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.is_active = False
    now = timezone.now()
    # With the programs that they answer for: those do nothing until somebody has taken them over.
    hands = [user, *user.service_accounts.all()]
    revoked = ApiToken.objects.filter(user__in=hands, revoked_at__isnull=True).update(revoked_at=now)
    for each in hands:
        close_lenses(each, by=ClosedBy.ACCOUNT_CLOSED, actor=actor)
    BreakGlass.objects.filter(user=user).open_at(now).update(closed_at=now)
    record(Event.USER_DEACTIVATED, actor=actor, things=(Thing("user", user.pk),), detail={"tokens": revoked})
    end_sessions(user, actor=actor)
    forget_scopes([user])


def _looks_after_it(user: User) -> bool:
    found = Grant.objects.concerning(user).in_force(timezone.now())
    return found.covering(None).allowing(Permission.INSTALLATION_MANAGE).exists()


def _others_who_look_after_it(user: User) -> bool:
    """Whether a grant in force leaves somebody else who can sign in."""
    now = timezone.now()
    grants = Grant.objects.in_force(now).covering(None).allowing(Permission.INSTALLATION_MANAGE)
    people = may_sign_in_at(now).exclude(pk=user.pk)
    directly = people.filter(grants__in=grants)
    return directly.exists() or people.filter(groups__grants__in=grants).exists()
