"""The blast radius of a role: who would gain and who would lose which permission where, if it allowed something else."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from governance.models import Role
from governance.permissions import Permission


class Effect(NamedTuple):
    """What one person would gain and lose in one place; no Collection means all of them."""

    username: str
    name: str
    collection: str
    gains: tuple[Permission, ...]
    losses: tuple[Permission, ...]


# Whoever holds the same by another role, there or on all Collections, neither gains nor loses it.
_EFFECTS = """
    WITH changed AS (SELECT * FROM unnest(%(permissions)s::text[], %(gained)s::boolean[]) AS c(permission, is_gain)),
    held AS (
        SELECT coalesce(g.user_id, m.user_id) AS user_id, g.collection_id, g.role_id, r.permissions
        FROM governance_grant g
        JOIN governance_role r ON r.id = g.role_id
        LEFT JOIN governance_user_groups m ON m.group_id = g.group_id
        WHERE g.revoked_at IS NULL AND g.starts_at <= %(now)s AND (g.expires_at IS NULL OR g.expires_at > %(now)s)),
    by_role AS (
        SELECT DISTINCT user_id, collection_id FROM held WHERE role_id = %(role)s AND user_id IS NOT NULL)
    SELECT u.username, trim(u.first_name || ' ' || u.last_name), coalesce(c.name, ''),
           array_agg(x.permission ORDER BY x.permission) FILTER (WHERE x.is_gain),
           array_agg(x.permission ORDER BY x.permission) FILTER (WHERE NOT x.is_gain)
    FROM by_role b
    JOIN governance_user u ON u.id = b.user_id AND u.is_active
    CROSS JOIN changed x
    LEFT JOIN governance_collection c ON c.id = b.collection_id
    WHERE NOT EXISTS (
        SELECT FROM held h WHERE h.user_id = b.user_id AND h.role_id <> %(role)s AND x.permission = ANY(h.permissions)
          AND (h.collection_id IS NULL OR h.collection_id = b.collection_id))
    GROUP BY u.username, u.first_name, u.last_name, b.collection_id, c.name
    ORDER BY u.username, c.name NULLS FIRST"""


def blast_radius(role: Role, permissions: Iterable[Permission]) -> list[Effect]:
    """Return what would change for whom if `role` allowed exactly `permissions`, in one query."""
    before, after = set(role.permissions), {Permission(each).value for each in permissions}
    changed = sorted(before ^ after)
    if not changed:
        return []
    asked: dict[str, Any] = {
        "role": role.pk,
        "now": timezone.now(),
        "permissions": changed,
        "gained": [each in after for each in changed],
    }
    with connection.cursor() as cursor:
        cursor.execute(_EFFECTS, asked)
        return [
            Effect(username, name or username, collection, _known(gains), _known(losses))
            for username, name, collection, gains, losses in cursor.fetchall()
        ]


def _known(names: list[str] | None) -> tuple[Permission, ...]:
    return tuple(permission for permission in Permission if permission.value in (names or ()))
