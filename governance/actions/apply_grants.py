"""Bring the stored permissions into step with the grants that are in force."""

from typing import NamedTuple

from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.utils import timezone

from governance.models import User

# Concurrent runs would each insert what the other is about to.
_LOCK = 0x15C0_0001

# What the grants in force say, one row for each subject, Collection and permission.
_WANTED = """
    CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
    SELECT DISTINCT g.user_id, g.group_id, g.collection_id, p.id AS permission_id
    FROM governance_grant g
    JOIN governance_role r ON r.id = g.role_id
    CROSS JOIN LATERAL unnest(r.permissions) AS named(permission)
    JOIN auth_permission p ON p.codename = replace(named.permission, ':', '_')
    JOIN django_content_type t ON t.id = p.content_type_id AND t.app_label = 'governance' AND t.model = 'collection'
    WHERE g.revoked_at IS NULL AND g.starts_at <= %(now)s AND (g.expires_at IS NULL OR g.expires_at > %(now)s)
      AND (%(users)s::bigint[] IS NULL OR g.user_id = ANY(%(users)s) OR g.group_id = ANY(%(groups)s))"""
_CONTENT_TYPE = "(SELECT id FROM django_content_type WHERE app_label = 'governance' AND model = 'collection')"
_OURS = f"permission_id IN (SELECT id FROM auth_permission WHERE content_type_id = {_CONTENT_TYPE})"  # noqa: S608


class _Form(NamedTuple):
    """One of the four tables that hold stored permissions: whose, and whether on one Collection."""

    table: str
    subject: str
    among: str
    on_collection: bool

    @property
    def remove(self) -> str:
        place = "s.object_pk = w.collection_id::text" if self.on_collection else "w.collection_id IS NULL"
        kind = f"AND s.content_type_id = {_CONTENT_TYPE}" if self.on_collection else ""
        return f"""
            DELETE FROM {self.table} s
            WHERE s.{_OURS} {kind}
              AND (%(users)s::bigint[] IS NULL OR s.{self.subject} = ANY(%({self.among})s))
              AND NOT EXISTS (SELECT FROM wanted w WHERE w.{self.subject} = s.{self.subject}
                              AND w.permission_id = s.permission_id AND {place})"""  # noqa: S608

    @property
    def add(self) -> str:
        if not self.on_collection:
            return f"""
                INSERT INTO {self.table} ({self.subject}, permission_id)
                SELECT {self.subject}, permission_id FROM wanted
                WHERE {self.subject} IS NOT NULL AND collection_id IS NULL
                ON CONFLICT DO NOTHING"""  # noqa: S608
        return f"""
            INSERT INTO {self.table} ({self.subject}, permission_id, content_type_id, object_pk)
            SELECT {self.subject}, permission_id, {_CONTENT_TYPE}, collection_id::text FROM wanted
            WHERE {self.subject} IS NOT NULL AND collection_id IS NOT NULL
            ON CONFLICT DO NOTHING"""  # noqa: S608


_FORMS = (
    _Form("guardian_userobjectpermission", "user_id", "users", True),
    _Form("guardian_groupobjectpermission", "group_id", "groups", True),
    _Form("governance_user_user_permissions", "user_id", "users", False),
    _Form("auth_group_permissions", "group_id", "groups", False),
)
_NOTE = """
    UPDATE governance_grant g SET is_stored = s.holds
    FROM (SELECT id, revoked_at IS NULL AND starts_at <= %(now)s AND (expires_at IS NULL OR expires_at > %(now)s)
                 AS holds FROM governance_grant) s
    WHERE s.id = g.id AND g.is_stored <> s.holds
      AND (%(users)s::bigint[] IS NULL OR g.user_id = ANY(%(users)s) OR g.group_id = ANY(%(groups)s))"""


class Drift(NamedTuple):
    """How many stored permissions were missing, and how many nobody had granted."""

    added: int
    removed: int


@transaction.atomic
def apply_grants(*subjects: User | Group) -> Drift:
    """Store what the grants in force give to `subjects`, or to everybody when none is named, and nothing else.

    django-guardian's rows hold what is given on one Collection, Django's own what is given on all.
    """
    given = {
        "now": timezone.now(),
        "users": [each.pk for each in subjects if isinstance(each, User)] if subjects else None,
        "groups": [each.pk for each in subjects if isinstance(each, Group)] if subjects else None,
    }
    added = removed = 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(_WANTED, given)
        for form in _FORMS:
            cursor.execute(form.remove, given)
            removed += cursor.rowcount
            cursor.execute(form.add)
            added += cursor.rowcount
        cursor.execute(_NOTE, given)
        cursor.execute("DROP TABLE wanted")
    return Drift(added, removed)
