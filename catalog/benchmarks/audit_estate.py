"""What access rules are measured over: an invented estate of Collections, people, grants, patients and studies."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

from governance.actions.apply_grants import apply_grants
from governance.models import User

# Who is asked for: somebody with all Collections, with one, with ten small ones, with half of them, and by a group.
EVERYWHERE, ONE, TEN, HALF, GROUP = "everywhere", "one", "ten small", "half", "by group"
PEOPLE_ASKED = (EVERYWHERE, ONE, TEN, HALF, GROUP)
_GROUPS = 50


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    studies: int
    collections: int
    people: int
    grants: int


# The same rows in every run.
_SEED = "SELECT setseed(0.4)"
_COLLECTIONS = """
    INSERT INTO governance_collection (name, description, privacy_claim, created_at, is_listed)
    SELECT 'Collection ' || n, '', (ARRAY['identified', 'limited', 'safe_harbor', 'expert'])[1 + n %% 4], now(), true
    FROM generate_series(1, %(collections)s) AS n"""
_PEOPLE = """
    INSERT INTO governance_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
                                 date_joined, job, preferences, kind)
    SELECT '!', false, name, '', '', '', false, true, now(), '', '{}', 'person'
    FROM (SELECT 'person ' || n AS name FROM generate_series(1, %(people)s) AS n
          UNION ALL SELECT unnest(%(asked)s::text[])) AS named"""
_GROUP_ROWS = """
    INSERT INTO auth_group (name)
    SELECT 'group ' || n FROM generate_series(1, %(groups)s) AS n UNION ALL SELECT %(by_group)s"""
_MEMBERS = """
    INSERT INTO governance_user_groups (user_id, group_id)
    SELECT u.id, g.id
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM governance_user WHERE username LIKE 'person %%') u
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM auth_group WHERE name LIKE 'group %%') g
      ON g.n IN (1 + u.n %% %(groups)s, 1 + (u.n * 7) %% %(groups)s)
    UNION SELECT u.id, g.id FROM governance_user u, auth_group g WHERE u.username = %(by_group)s AND g.name = %(by_group)s"""
# One in two hundred is on all Collections, one in ten is a group's, one in five is over: expired or revoked.
_GRANTS = """
    INSERT INTO governance_grant (role_id, user_id, group_id, collection_id, reason, given_at, starts_at, expires_at,
                                  revoked_at, revocation_reason, is_stored)
    SELECT r.id, u.id, g.id, CASE WHEN d.n %% 200 <> 0 THEN c.id END, 'benchmark', now() - interval '90 days',
           now() - interval '90 days',
           CASE d.n %% 10 WHEN 3 THEN now() - interval '1 day' WHEN 4 THEN now() + interval '1 year' END,
           CASE d.n %% 10 WHEN 7 THEN now() - interval '1 day' END, '', false
    FROM (SELECT n, 1 + floor(random() * %(people)s) AS person, 1 + floor(random() * %(groups)s) AS team,
                 1 + floor(random() * %(collections)s) AS place, 1 + floor(random() * 5) AS role
          FROM generate_series(1, %(grants)s) AS n) d
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM governance_role WHERE is_builtin) r ON r.n = d.role
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM governance_collection) c ON c.n = d.place
    LEFT JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM governance_user WHERE username LIKE 'person %%') u
      ON u.n = d.person AND d.n %% 10 <> 1
    LEFT JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM auth_group WHERE name LIKE 'group %%') g
      ON g.n = d.team AND d.n %% 10 = 1"""
# Collections are numbered from the largest to the smallest.
_ASKED_GRANTS = """
    INSERT INTO governance_grant (role_id, user_id, group_id, collection_id, reason, given_at, starts_at,
                                  revocation_reason, is_stored)
    SELECT r.id, CASE WHEN w.who <> %(by_group)s THEN u.id END, CASE WHEN w.who = %(by_group)s THEN g.id END, c.id,
           'benchmark', now(), now(), '', false
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM governance_collection) c
    JOIN unnest(%(asked)s::text[]) AS w(who) ON CASE w.who
        WHEN %(one)s THEN c.n = ceil(%(collections)s * 0.5)
        WHEN %(ten)s THEN c.n > %(collections)s - 10
        WHEN %(half)s THEN c.n %% 2 = 0
        WHEN %(by_group)s THEN c.n %% 5 = 0
        END
    JOIN governance_user u ON u.username = w.who
    LEFT JOIN auth_group g ON g.name = w.who
    JOIN governance_role r ON r.slug = 'data-steward'
    UNION ALL
    SELECT r.id, u.id, NULL, NULL, 'benchmark', now(), now(), '', false
    FROM governance_user u, governance_role r WHERE u.username = %(everywhere)s AND r.slug = 'data-steward'"""
_PATIENTS = """
    INSERT INTO catalog_patient (collection_id, patient_id, patient_name, patient_birth_date, patient_sex, study_count,
                                 instance_count, first_seen_at)
    SELECT c.id, 'B' || lpad(d.n::text, 9, '0'), 'Patient^Number ' || d.n, date '1930-01-01' + (d.n * 37 %% 32000)::int,
           (ARRAY['F', 'M', 'O'])[1 + d.n %% 3], 3, 300, now()
    FROM (SELECT n, 1 + floor(%(collections)s * power(random(), 2)) AS place
          FROM generate_series(1, greatest(%(studies)s / 3, %(collections)s)) AS n) d
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM governance_collection) c ON c.n = d.place"""
_STUDIES = """
    INSERT INTO catalog_study (collection_id, patient_id, study_instance_uid, study_date, study_time, study_description,
                               accession_number, study_id, referring_physician_name, institution_name, modalities,
                               body_parts, manufacturers, series_count, instance_count, total_bytes, patient_count,
                               first_seen_at, changed_at)
    SELECT p.collection_id, p.id, '1.2.826.0.1.3680043.8.498.' || (d.n::bigint * 7919), CASE WHEN d.n %% 50 <> 0 THEN d.day END,
           '101500', 'Study of part ' || d.n %% 40, 'A' || d.n, d.n::text, 'Doctor^' || d.n %% 300,
           'Hospital ' || p.collection_id %% 60, ARRAY[d.modality, 'SR'], ARRAY[d.part], ARRAY[d.maker], 1 + d.n %% 12,
           CASE WHEN d.n %% 100 <> 0 THEN 1 + d.n %% 900 ELSE 0 END, (1 + d.n %% 900) * 524288, 1,
           timestamptz '2026-11-01Z' - (d.n %% 86400) * interval '1 second', now()
    FROM (SELECT n, 1 + floor(random() * (SELECT count(*) FROM catalog_patient)) AS person,
                 date '2026-11-20' - floor(5500 * power(random(), 1.5))::int AS day,
                 (ARRAY['CT', 'MR', 'CR', 'DX', 'US', 'MG', 'PT', 'XA'])[1 + floor(8 * power(random(), 2))] AS modality,
                 (ARRAY['CHEST', 'HEAD', 'ABDOMEN', 'KNEE', 'BREAST', ''])[1 + floor(6 * random())] AS part,
                 (ARRAY['Siemens', 'GE', 'Philips', 'Canon'])[1 + floor(4 * random())] AS maker
          FROM generate_series(1, %(studies)s) AS n) d
    JOIN (SELECT id, collection_id, row_number() OVER (ORDER BY id) AS n FROM catalog_patient) p ON p.n = d.person"""
_LOOSE = """
    SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
           format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE contype = 'f' AND conrelid = %(table)s::regclass
    UNION ALL
    SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    FROM pg_index WHERE indrelid = %(table)s::regclass
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"""


def fill(size: Size) -> None:
    """Fill an empty database, and store what the grants give; planner statistics are up to date afterwards."""
    given: dict[str, Any] = {
        "studies": size.studies,
        "collections": size.collections,
        "people": size.people,
        "grants": size.grants,
        "groups": _GROUPS,
        "asked": list(PEOPLE_ASKED),
        "everywhere": EVERYWHERE,
        "one": ONE,
        "ten": TEN,
        "half": HALF,
        "by_group": GROUP,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SEED)
        for statement in (_COLLECTIONS, _PEOPLE, _GROUP_ROWS, _MEMBERS, _GRANTS, _ASKED_GRANTS, _PATIENTS):
            cursor.execute(statement, given)
        with _without_indexes("catalog_study"):
            cursor.execute(_STUDIES, given)
        cursor.execute("VACUUM (ANALYZE)")
    apply_grants()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def asked(name: str) -> User:
    """One of the people that are asked for, as a request has them: with nothing known yet."""
    return User.objects.get(username=name)


@contextmanager
def _without_indexes(table: str) -> Iterator[None]:
    """Fill first, index after: a third of the time."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOSE, {"table": table})
        loose = cursor.fetchall()
        for drop, _make in loose:
            cursor.execute(drop)
        yield
        for _drop, make in loose:
            cursor.execute(make)
