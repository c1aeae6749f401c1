"""Accept an invitation: make oneself an account."""

from django.db import transaction
from django.utils import timezone

from governance.access import require
from governance.actions.give_grant import give_grant
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import Invitation, User
from governance.permissions import Permission
from governance.usernames import check_username


class NoInvitation(Exception):
    """The link is unknown, used, withdrawn or over."""


@transaction.atomic
def accept_invitation(secret: str, *, username: str, password: str) -> User:
    """Make the account that the link is for, with its grants, given by whoever invited. Name and password were checked.

    Of several who follow the same link at once, one gets the account. Raises NoInvitation, PermissionDenied when the
    inviter may not invite or give that access any more, ValidationError for a name that nobody may choose, and
    IntegrityError when it was taken meanwhile.
    """
    check_username(username)
    invitation = Invitation.objects.with_secret(secret).select_for_update(of=("self",)).first()
    now = timezone.now()
    if invitation is None or not Invitation.objects.open_at(now).filter(pk=invitation.pk).exists():
        raise NoInvitation
    if invitation.active_until is not None and invitation.active_until <= now:
        raise NoInvitation
    if invitation.invited_by is not None:
        # Whoever was shut out meanwhile has no way back by a link that they made before.
        require(invitation.invited_by, Permission.USER_MANAGE)
    user = User(
        username=username,
        first_name=invitation.first_name,
        last_name=invitation.last_name,
        email=invitation.email,
        job=invitation.job,
        kind=invitation.kind,
        active_until=invitation.active_until,
    )
    user.set_password(password)
    user.save()
    Invitation.objects.filter(pk=invitation.pk).update(accepted_at=now, user=user)
    things = (Thing("user", user.pk), Thing("invitation", invitation.pk))
    record(Event.USER_CREATED, actor=invitation.invited_by, things=things, detail={"kind": user.kind})
    for role in invitation.roles.all():
        give_grant(
            user,
            role,
            invitation.collection,
            actor=invitation.invited_by,
            reason="Invitation",
            expires_at=invitation.active_until,
        )
    record(Event.INVITATION_ACCEPTED, actor=user, things=things)
    return user
