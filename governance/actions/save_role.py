"""Make a role, or change one that was made here; what people hold by it follows at once."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from governance.access import forget_scopes, require
from governance.actions.apply_grants import apply_grants
from governance.actions.record import Thing, record
from governance.actions.refusals import Refused
from governance.audit.events import Event
from governance.models import Grant, Role, User
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

    Raises PermissionDenied, also when the actor holds the role and would gain by the change; Refused for a built-in
    one, and for one that allows nothing or whose name is taken.
    """
    require(actor, Permission.ACCESS_MANAGE)
    allowed = sorted({Permission(each).value for each in permissions})
    _check(role, name, allowed)
    before = set(role.permissions) if role else set()
    if role is not None:
        _refuse_own_gain(role, actor, set(allowed) - before)
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


def _refuse_own_gain(role: Role, actor: User, gained: set[str]) -> None:
    if gained and Grant.objects.concerning(actor).in_force(timezone.now()).filter(role=role).exists():
        raise PermissionDenied(_("You hold this role yourself: somebody else has to add to it."))


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
