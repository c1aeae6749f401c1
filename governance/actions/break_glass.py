"""Set the rules aside for a stated reason, and put them back (45 CFR 164.312(a)(2)(ii), emergency access)."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import forget_scopes
from governance.actions.record import Thing, record
from governance.actions.refusals import Refused
from governance.audit.events import Event
from governance.models import BreakGlass, User

LONGEST_MINUTES = 60


@transaction.atomic
def break_glass(user: User, *, reason: str, minutes: int) -> BreakGlass:
    """Let a superuser do everything for at most an hour; every request of theirs is recorded meanwhile.

    Raises PermissionDenied for everybody else, and Refused without a reason, or while a glass of theirs is open.
    """
    if not user.is_superuser or not user.is_active or user.has_ended(timezone.now()):
        raise PermissionDenied(_("Only a superuser can break the glass."))
    if not reason.strip():
        raise Refused(_("Say why: it will be read by whoever reviews this."))
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise Refused(_("From 1 to %(most)d minutes.") % {"most": LONGEST_MINUTES})
    # The person's row is locked, so that two requests at once open one glass.
    User.objects.select_for_update().get(pk=user.pk)
    now = timezone.now()
    if BreakGlass.objects.filter(user=user).open_at(now).exists():
        raise Refused(_("It is broken already."))
    glass = BreakGlass.objects.create(
        user=user, reason=reason.strip(), opened_at=now, expires_at=now + timedelta(minutes=minutes)
    )
    forget_scopes([user])
    _tell(glass, "opened", minutes=minutes)
    return glass


@transaction.atomic
def mend_glass(glass: BreakGlass) -> bool:
    """End it before its time, and tell whether it was still open."""
    now = timezone.now()
    if not BreakGlass.objects.open_at(now).filter(pk=glass.pk).update(closed_at=now):
        return False
    forget_scopes([glass.user])
    _tell(glass, "mended")
    return True


def record_request_under(glass: BreakGlass, *, view: str, method: str, status: int) -> None:
    """Write down one request that was served while the glass was broken."""
    _tell(glass, "request", view=view, method=method, status=status)


def _tell(glass: BreakGlass, step: str, **detail: object) -> None:
    record(
        Event.BREAK_GLASS_USED,
        actor=glass.user,
        things=(Thing("break_glass", glass.pk),),
        purpose=glass.reason,
        detail={"step": step, **detail},
    )
