"""The first rows over a few Collections: the same as those of one sorted list, and no more of them read than shown."""

import random
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, Q, QuerySet

from catalog.models import Patient, Study
from catalog.views.studies import NEWEST
from governance.access import Scope
from governance.foremost import FEW, foremost
from governance.keyset import page_of
from governance.models import Collection
from tests.factories import make_patient, make_study

COLLECTIONS = 6
# Some have no date, and several have the same.
DATES = [None, *(date(2024, 1, 1) + timedelta(days=number) for number in range(7))]


@pytest.fixture
def collections(db: None) -> list[Collection]:
    chance = random.Random(4)
    made = [Collection.objects.create(name=f"Collection {number}") for number in range(COLLECTIONS)]
    patients = [make_patient(each) for each in made]
    for _number in range(60):
        patient = chance.choice(patients)
        given = {"study_date": chance.choice(DATES), "instance_count": chance.choice([0, 1, 5])}
        make_study(patient.collection, patient=patient, **given)
    return made


def within(collections: list[Collection]) -> Any:
    return Study.objects.all().within(Scope(ids=frozenset(each.pk for each in collections))).held()


def expected(collections: list[Collection]) -> list[int]:
    """In Python, by what NEWEST says: newest first, then by the number; those without a date last."""
    rows = [
        row
        for row in Study.objects.all()
        if row.collection_id in {each.pk for each in collections} and row.instance_count
    ]
    dated = sorted(
        (row for row in rows if row.study_date), key=lambda row: (row.study_date, row.pk), reverse=True
    )
    undated = sorted((row for row in rows if not row.study_date), key=lambda row: row.pk, reverse=True)
    return [row.pk for row in (*dated, *undated)]


def merges(rows: QuerySet[Any]) -> bool:
    return "UNION ALL" in str(foremost(rows, 5).query.sql_with_params()[0])


@pytest.mark.parametrize("count", [0, 1, 2, 3, COLLECTIONS])
def test_pages_over_few_collections_hold_what_one_sorted_list_holds(
    collections: list[Collection], count: int
):
    seen = collections[:count]
    found: list[int] = []
    after = None
    while True:
        page = page_of(within(seen), NEWEST, 7, after=after)
        found += [row.pk for row in page.rows]
        if not page.has_next:
            break
        after = page.rows[-1]
    assert found == expected(seen)


def test_pages_go_back_over_few_collections_as_they_went_forward(collections: list[Collection]):
    rows = within(collections[:3])
    whole = expected(collections[:3])
    last = Study.objects.get(pk=whole[-1])
    found: list[int] = []
    page = page_of(rows, NEWEST, 7, before=last)
    while True:
        found = [row.pk for row in page.rows] + found
        if not page.has_previous:
            break
        page = page_of(rows, NEWEST, 7, before=page.rows[0])
    assert found == whole[:-1]


def test_a_filter_holds_in_every_collection_that_is_merged(collections: list[Collection]):
    lively = within(collections[:4]).filter(Q(instance_count=5) | Q(patient__isnull=True))
    found = [row.pk for row in page_of(lively, NEWEST, 100).rows]
    by_hand = set(Study.objects.filter(instance_count=5).values_list("pk", flat=True))
    assert found == [pk for pk in expected(collections[:4]) if pk in by_hand]
    assert found


def test_a_filter_that_no_row_can_meet_leaves_an_empty_page(collections: list[Collection]):
    rows = within(collections[:3])
    for nothing in (rows.none(), rows.at_sites([]), rows.filter(collection_id__in=[])):
        page = page_of(nothing, NEWEST, 7)
        assert (page.rows, page.has_previous, page.has_next) == ([], False, False)


def test_orders_that_no_index_keeps_by_collection_are_not_merged(collections: list[Collection]):
    rows = within(collections[:3])
    dated = rows.filter(study_date__isnull=False)
    assert merges(dated.order_by(F("study_date").desc(), F("id").desc()))
    assert merges(dated.order_by(F("study_date").asc(), F("id").asc()))
    assert not merges(dated.order_by(F("study_date").desc(), F("id").asc()))
    assert not merges(rows.order_by(F("id").desc()))
    assert not merges(rows.order_by(F("instance_count").desc(), F("id").desc()))
    assert not merges(Patient.objects.all().within(Scope(ids=frozenset({1, 2}))).order_by(F("id").desc()))


def test_rows_that_were_added_by_or_are_not_lost(collections: list[Collection]):
    order = (F("study_date").desc(), F("id").desc())
    both = within(collections[:2]) | within(collections[2:5])
    first, second = set(within(collections[:2])), set(within(collections[2:5]))
    assert set(foremost(both.order_by(*order), 1000)) == first | second
    assert first
    assert second


def test_rows_that_were_narrowed_twice_are_of_both_scopes(collections: list[Collection]):
    order = (F("study_date").desc(), F("id").desc())
    seen = frozenset(each.pk for each in collections[1:4])
    both = within(collections[:2]).within(Scope(ids=seen)).order_by(*order)
    assert merges(both)
    assert {row.collection_id for row in foremost(both, 1000)} == {collections[1].pk}


def test_many_collections_one_and_all_of_them_are_not_merged(db: None):
    order = (F("study_date").desc(), F("id").desc())

    def over(ids: int) -> QuerySet[Study]:
        return Study.objects.all().within(Scope(ids=frozenset(range(ids)))).order_by(*order)

    assert merges(over(2))
    assert merges(over(FEW))
    assert not merges(over(FEW + 1))
    assert not merges(over(1))
    assert not merges(Study.objects.all().within(Scope(everywhere=True)).order_by(*order))


def test_a_page_over_small_collections_reads_no_more_rows_than_it_shows(db: None):
    small = [make_patient(Collection.objects.create(name=f"Small {number}")) for number in range(4)]
    large = make_patient(Collection.objects.create(name="Large"))
    _fill(large, 20_000)
    for patient in small:
        _fill(patient, 300)
    rows = within([patient.collection for patient in small]).filter(study_date__isnull=False)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_study")
        sql, given = foremost(
            rows.order_by(F("study_date").desc(), F("id").desc()), 51
        ).query.sql_with_params()
        cursor.execute("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) " + sql, given)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Merge Append" in plan, plan
    assert max(float(found) for found in re.findall(r"rows=([\d.]+)", plan)) <= 51, plan


def _fill(patient: Patient, count: int) -> None:
    """As many studies, from newest to oldest."""
    template = make_study(patient.collection, patient=patient, study_date=date(2026, 1, 1))
    changed = {
        "study_instance_uid": "study_instance_uid || '.' || number",
        "study_date": "study_date - number / 10",
    }
    columns = [field.attname for field in Study._meta.concrete_fields if not field.primary_key]
    values = ", ".join(changed.get(column, column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO catalog_study ({', '.join(columns)}) SELECT {values} "
            "FROM catalog_study, generate_series(1, %s) AS number WHERE id = %s",
            [count - 1, template.pk],
        )
