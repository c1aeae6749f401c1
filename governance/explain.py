"""Why somebody may do something, or what is missing: the answer that `governance.access` gives, with its grounds."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import InCollection, can, standing_against
from governance.models import BreakGlass, Collection, Grant, Role, User
from governance.necessity import roles_by_size
from governance.permissions import Permission

# What somebody can be to a grant.
_PARTS = ("user", "approver", "given_by", "revoked_by")


class Ground(StrEnum):
    """What decided."""

    GRANT = "grant"
    BREAK_GLASS = "break glass"
    ACCOUNT = "account"
    NOT_STORED = "not stored"
    ENDED = "ended"
    NOT_YET = "not yet"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether somebody may, on what ground, and in words.

    `grants` are those that decide; where the answer is no, those that once gave it or will. `roles` would give it.
    """

    allowed: bool
    ground: Ground
    says: str
    grants: tuple[Grant, ...] = ()
    roles: tuple[Role, ...] = ()


def explain(
    user: User, permission: Permission, where: Collection | InCollection | None = None
) -> Explanation:
    """Tell why `user` holds `permission` on a Collection, on what belongs to one, or on all of them; or why not."""
    collection = where if where is None or isinstance(where, Collection) else where.collection
    if (against := standing_against(user, permission)) is not None:
        return Explanation(False, Ground.ACCOUNT, against)
    if user.is_superuser and BreakGlass.objects.filter(user=user).open_at(timezone.now()).exists():
        return Explanation(
            True, Ground.BREAK_GLASS, _("A superuser has broken the glass, for a stated reason.")
        )
    grants = _grants(user, permission, collection)
    in_force = tuple(grant for grant in grants if grant.is_in_force(timezone.now()))
    if in_force:
        return _by_grants(user, permission, collection, in_force)
    return _without(permission, grants)


def _grants(user: User, permission: Permission, collection: Collection | None) -> list[Grant]:
    """Every grant that gives, gave or will give it there, the latest first."""
    found = Grant.objects.concerning(user).allowing(permission).covering(collection)
    grants = list(found.select_related("role", "group", "collection"))
    _name_people(grants)
    return grants


def _name_people(grants: list[Grant]) -> None:
    """Read everybody whom the grants name by one query: planning a join for each part they play takes longer."""
    asked = {getattr(grant, f"{part}_id") for grant in grants for part in _PARTS}
    people = User.objects.in_bulk(asked - {None})
    for grant in grants:
        for part in _PARTS:
            setattr(grant, part, people.get(getattr(grant, f"{part}_id")))


def _by_grants(
    user: User, permission: Permission, collection: Collection | None, grants: tuple[Grant, ...]
) -> Explanation:
    if not can(user, permission, collection):
        said = _("A grant gives it, and its stored form is missing: the nightly check will mend that.")
        return Explanation(False, Ground.NOT_STORED, said, grants)
    return Explanation(True, Ground.GRANT, sentence(grants[0]), grants)


def _without(permission: Permission, grants: list[Grant]) -> Explanation:
    now = timezone.now()
    coming = tuple(grant for grant in grants if grant.revoked_at is None and grant.starts_at > now)
    if coming:
        said = _("The grant begins on %(day)s.") % {"day": f"{coming[0].starts_at:%Y-%m-%d %H:%M} UTC"}
        return Explanation(False, Ground.NOT_YET, said, coming)
    roles = tuple(roles_by_size().filter(permissions__contains=[permission.value]))
    if grants:
        return Explanation(False, Ground.ENDED, _ending(grants[0]), (grants[0],), roles)
    said = _("No grant gives %(permission)s here.") % {"permission": permission.value}
    return Explanation(False, Ground.MISSING, said, (), roles)


def _ending(grant: Grant) -> str:
    if grant.revoked_at is not None:
        return _("%(grant)s: revoked on %(day)s by %(who)s.") % {
            "grant": grant,
            "day": f"{grant.revoked_at:%Y-%m-%d %H:%M} UTC",
            "who": grant.revoked_by or _("the installation"),
        }
    return _("%(grant)s: expired on %(day)s.") % {
        "grant": grant,
        "day": f"{grant.expires_at:%Y-%m-%d %H:%M} UTC",
    }


def sentence(grant: Grant) -> str:
    """Say a grant in one plain sentence: who may do what where, until when, and by whose leave."""
    said = _("%(who)s is %(role)s on %(where)s") % {
        "who": grant.user or _("every member of %(group)s") % {"group": grant.group},
        "role": grant.role.name.lower(),
        "where": grant.collection or _("all collections"),
    }
    if grant.expires_at is not None:
        said += _(" until %(day)s") % {"day": f"{grant.expires_at:%Y-%m-%d %H:%M} UTC"}
    by = grant.approver or grant.given_by
    return said + (
        _(", by leave of %(who)s.") % {"who": by} if by else _(", by the installation's own hand.")
    )
