"""Make a role, or change one that was made here; what people hold by it follows at once."""

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from governance.access import forget_scopes, require
from governance.actions.apply_grants import apply_grants
from governance.actions.record import Thing, record
from governance.actions.refusals import Refused
from governance.audit.events import Event
from governance.models import AccessRequest, Grant, Role, User
from governance.people import hands_of
from governance.permissions import Permission


@transaction.atomic
def save_role(
    role: Role | None,
    *,
    actor: User,
    name: str,
    description: str,
    permissions: Iterable[Permission],
    needs_second_factor: bool,
) -> Role:
    """Change `role`, or make a new one for None, and bring what its holders may do into step.

    Raises PermissionDenied, also when the actor holds the role or has asked for it and would gain by the change; Refused for a built-in
    one, and for one that allows nothing or whose name is taken.
    """
    require(actor, Permission.ACCESS_MANAGE)
    allowed = sorted({Permission(each).value for each in permissions})
    _check(role, name, allowed)
    if role is not None:
        # As it is now, not as it was when its page was opened: what somebody took away meanwhile would be a gain.
        role = Role.objects.select_for_update().get(pk=role.pk)
        loses_factor = role.needs_second_factor and not needs_second_factor
        _refuse_own_gain(role, actor, gains=loses_factor or not set(allowed) <= set(role.permissions))
    before = set(role.permissions) if role else set()
    described = {
        "name": name.strip(),
        "description": description.strip(),
        "permissions": allowed,
        "needs_second_factor": needs_second_factor,
    }
    if role is None:
        role = Role.objects.create(slug=_free_slug(name), **described)
    else:
        Role.objects.filter(pk=role.pk, is_builtin=False).update(**described)
        role.refresh_from_db()
        apply_grants()
        forget_scopes([actor])
    _tell(role, actor, before)
    return role


def _check(role: Role | None, name: str, allowed: list[str]) -> None:
    if role is not None and role.is_builtin:
        raise Refused(_("A built-in role stays as it is. Copy it, and change the copy."))
    if not name.strip() or not allowed:
        raise Refused(_("A role has a name and allows something."))
    others = Role.objects.exclude(pk=role.pk) if role else Role.objects.all()
    if others.filter(name__iexact=name.strip()).exists():
        raise Refused(_("Another role is called so already."))


def _refuse_own_gain(role: Role, actor: User, *, gains: bool) -> None:
    """Also where they will hold it, have asked for it, or a program holds it that they answer for."""
    if not gains:
        return
    hands = hands_of(actor)
    lasting = Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
    given = Q(user__in=hands) | Q(group__in=Group.objects.filter(user__in=hands))
    if Grant.objects.filter(given, lasting, role=role, revoked_at__isnull=True).exists():
        raise PermissionDenied(_("You hold this role yourself: somebody else has to add to it."))
    if AccessRequest.objects.open().filter(requester__in=hands, role=role).exists():
        raise PermissionDenied(_("You have asked for this role yourself: somebody else has to add to it."))


def _free_slug(name: str) -> str:
    """Return a slug that no role has: the name's, with a number behind it where needed."""
    stem = slugify(name)[:40] or "role"
    taken = set(Role.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    candidates = (stem if number == 1 else f"{stem}-{number}" for number in range(1, len(taken) + 2))
    return next(slug for slug in candidates if slug not in taken)


def _tell(role: Role, actor: User, before: set[str]) -> None:
    now = set(role.permissions)
    record(
        Event.ROLE_CHANGED,
        actor=actor,
        things=(Thing("role", role.pk),),
        detail={
            "role": role.slug,
            "added": sorted(now - before),
            "removed": sorted(before - now),
            "needs_second_factor": role.needs_second_factor,
        },
    )
