"""Separation of duties: which permissions nobody should hold together on the same Collection, and who does."""

from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.models import Collection, Grant, Role, User
from governance.permissions import Permission


class Duty(NamedTuple):
    """Two permissions that are kept apart, and what somebody could do who holds both."""

    one: Permission
    other: Permission
    risk: Promise


KEPT_APART = (
    Duty(
        Permission.ACCESS_MANAGE,
        Permission.ACCESS_APPROVE,
        _("could give access past the requests they decide"),
    ),
    Duty(Permission.ACCESS_MANAGE, Permission.ACCESS_REVIEW, _("would review the access that they gave")),
    Duty(Permission.USER_MANAGE, Permission.ACCESS_APPROVE, _("could invent somebody and approve them")),
    Duty(
        Permission.INSTALLATION_MANAGE,
        Permission.PHI_REVEAL,
        _("could see patients and change what records it"),
    ),
    Duty(Permission.AUDIT_EXPORT, Permission.INSTALLATION_MANAGE, _("would report on what they configure")),
    Duty(Permission.AUDIT_EXPORT, Permission.SOURCE_MANAGE, _("would report on the sources that they run")),
)


class Conflict(NamedTuple):
    """Somebody who holds both permissions of a duty; no Collection means all of them."""

    user_id: int
    username: str
    collection_id: int | None
    collection: str
    duty: Duty
    grant_ids: tuple[int, ...]


_CONFLICTS = """
    WITH held AS (
        SELECT g.id AS grant_id, coalesce(g.user_id, m.user_id) AS user_id, g.collection_id, named.permission
        FROM governance_grant g
        JOIN governance_role r ON r.id = g.role_id
        LEFT JOIN governance_user_groups m ON m.group_id = g.group_id
        CROSS JOIN LATERAL unnest(r.permissions) AS named(permission)
        WHERE g.revoked_at IS NULL AND g.starts_at <= %(now)s AND (g.expires_at IS NULL OR g.expires_at > %(now)s)),
    duty AS (SELECT * FROM unnest(%(one)s::text[], %(other)s::text[]) WITH ORDINALITY AS d(one, other, number))
    SELECT a.user_id, u.username, coalesce(a.collection_id, b.collection_id) AS place, coalesce(c.name, ''),
           duty.number, array_agg(DISTINCT a.grant_id) || array_agg(DISTINCT b.grant_id)
    FROM duty
    JOIN held a ON a.permission = duty.one
    JOIN held b ON b.permission = duty.other AND b.user_id = a.user_id
         AND (a.collection_id = b.collection_id OR a.collection_id IS NULL OR b.collection_id IS NULL)
    JOIN governance_user u ON u.id = a.user_id AND u.is_active
    LEFT JOIN governance_collection c ON c.id = coalesce(a.collection_id, b.collection_id)
    GROUP BY a.user_id, u.username, place, c.name, duty.number
    ORDER BY u.username, duty.number, c.name"""


def conflicts() -> list[Conflict]:
    """Return who holds both permissions of a duty by grants in force, in one query."""
    asked: dict[str, Any] = {
        "now": timezone.now(),
        "one": [duty.one.value for duty in KEPT_APART],
        "other": [duty.other.value for duty in KEPT_APART],
    }
    with connection.cursor() as cursor:
        cursor.execute(_CONFLICTS, asked)
        return [
            Conflict(user_id, username, place, name, KEPT_APART[number - 1], tuple(sorted(set(grants))))
            for user_id, username, place, name, number, grants in cursor.fetchall()
        ]


def duties_broken_by(user: User, role: Role, collection: Collection | None) -> list[Duty]:
    """Return the duties that `user` would no longer keep apart there if they were given `role` as well."""
    grants = (
        Grant.objects.concerning(user).covering(collection).in_force(timezone.now()).select_related("role")
    )
    held = {permission for grant in grants for permission in grant.role.allows}
    after = held | set(role.allows)
    return [duty for duty in KEPT_APART if {*duty[:2]} <= after and not {*duty[:2]} <= held]
