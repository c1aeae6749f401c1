"""Lists: pages by key, filters, order, counts and chosen fields."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Instance, SeriesHeader, Study
from governance.api.paging import encode_cursor
from tests.factories import (
    make_crawl,
    make_header,
    make_instance,
    make_quarantine,
    make_series,
    make_source,
    make_study,
)


def walk(caller, address, **query):
    """Follow next links to the end; returns the ids in order."""
    ids = []
    answer = caller.get(address, **query).json()
    while True:
        ids += [row["id"] for row in answer["results"]]
        if answer["next"] is None:
            return ids
        answer = caller.get(answer["next"]).json()


@pytest.fixture
def studies(radiology):
    """Seven studies, two of one day and two of no day."""
    days = [
        None,
        date(2020, 1, 1),
        date(2022, 5, 5),
        date(2020, 1, 1),
        None,
        date(2019, 3, 3),
        date(2022, 12, 31),
    ]
    return [make_study(radiology, study_date=day) for day in days]


@pytest.mark.parametrize("sort", ["id", "-id", "study_date", "-study_date"])
@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_hold_every_row_once_and_in_order(sort, limit, alices, studies):
    found = walk(alices, "/api/studies/", sort=sort, limit=limit)
    dated = [study for study in studies if study.study_date or "date" not in sort]
    undated = [study for study in studies if study not in dated]
    dated.sort(key=lambda study: (study.study_date if "date" in sort else 0, study.pk))
    expected = [dated[::-1], undated[::-1]] if sort.startswith("-") else [dated, undated]
    assert found == [study.pk for part in expected for study in part]


def test_instances_of_a_series_come_in_their_order_and_unnumbered_ones_last(alices, radiology):
    source, series = make_source(radiology), make_series(make_study(radiology))
    numbers = [5, None, 1, 3, None, 3]
    rows = [make_instance(series, source=source, instance_number=number) for number in numbers]
    found = walk(alices, "/api/instances/", series=series.pk, sort="instance_number", limit=2)
    assert [rows.index(Instance.objects.get(pk=pk)) for pk in found] == [2, 3, 5, 0, 1, 4]


def test_rows_that_arrive_meanwhile_move_nothing(alices, radiology, studies):
    first = alices.get("/api/studies/", sort="-study_date", limit=3).json()
    make_study(radiology, study_date=date(2030, 1, 1))
    second = alices.get(first["next"]).json()
    seen = [row["id"] for row in first["results"] + second["results"]]
    assert len(seen) == len(set(seen)) == 6


def test_a_cursor_goes_on_although_its_row_no_longer_matches_the_filter(alices, studies):
    first = alices.get("/api/studies/", modality="CT", sort="study_date", limit=2).json()
    Study.objects.filter(pk=first["results"][-1]["id"]).update(modalities=["MR"])
    assert len(alices.get(first["next"]).json()["results"]) == 2


def test_a_list_counts_only_when_asked(alices, studies):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert alices.get("/api/studies/").json()["count"] is None
    assert not [query for query in queries if "COUNT(" in query["sql"].upper()]
    assert alices.get("/api/studies/", count="exact", limit=2).json()["count"] == {"value": 7, "exact": True}
    estimate = alices.get("/api/studies/", count="estimate").json()["count"]
    assert estimate["exact"] is False
    assert estimate["value"] >= 0


def test_only_chosen_fields_are_given(alices, studies):
    rows = alices.get("/api/studies/", fields="id,modalities").json()["results"]
    assert all(set(row) == {"id", "modalities"} for row in rows)
    assert set(alices.get(f"/api/studies/{studies[0].pk}/", fields="code").json()) == {"code"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"modality": "MR"}, [1]),
        ({"modality": ["MR", "US"]}, [1, 2]),
        ({"body_part": "HEAD"}, [1]),
        ({"manufacturer": "Other Works"}, [2]),
        ({"year": 2020}, [1]),
        ({"year_from": 2020, "year_to": 2021}, [0, 1]),
        ({"year_from": 2022}, [2]),
        ({"privacy_claim": "limited"}, []),
        ({"privacy_claim": "unknown"}, [0, 1, 2]),
        ({"held": "false"}, [3]),
        ({"held": "any"}, [0, 1, 2, 3]),
        ({"modality": "MR", "year": 2021}, []),
    ],
)
def test_studies_are_narrowed_by_what_identifies_nobody(query, expected, alices, radiology):
    studies = [
        make_study(radiology),
        make_study(radiology, modalities=["MR", "SR"], body_parts=["HEAD"], study_date=date(2020, 2, 2)),
        make_study(radiology, modalities=["US"], manufacturers=["Other Works"], study_date=date(2022, 2, 2)),
        make_study(radiology, instance_count=0),
    ]
    found = alices.get("/api/studies/", **query).json()["results"]
    assert [row["id"] for row in found] == [studies[place].pk for place in expected]


def test_studies_are_found_by_collection_patient_source_and_code(alices, radiology, research):
    here, there = make_study(radiology), make_study(research)
    source = make_source(radiology)
    make_instance(make_series(here), source=source)
    for query in (
        {"collection": radiology.pk},
        {"patient": here.patient.pk},
        {"source": source.pk},
        {"code": here.code},
        {"code": here.code.lower()},
    ):
        assert [row["id"] for row in alices.get("/api/studies/", **query).json()["results"]] == [here.pk], (
            query
        )
    assert alices.get("/api/studies/", source=make_source(research).pk).json()["results"] == []
    assert there.pk != here.pk


def test_a_site_is_found_by_the_code_that_is_shown_for_it(alices, radiology, research):
    here = make_study(radiology, institution_name="St. Elsewhere")
    make_study(radiology, institution_name="Seattle Grace")
    make_study(research, institution_name="St. Elsewhere")
    site = alices.get(f"/api/studies/{here.pk}/").json()["site"]
    assert [row["id"] for row in alices.get("/api/studies/", site=site).json()["results"]] == [here.pk]
    assert alices.get("/api/studies/", site="St. Elsewhere").json()["results"] == []


def test_what_has_changed_since_is_found(alices, radiology):
    old = make_study(radiology)
    Study.objects.filter(pk=old.pk).update(changed_at=timezone.now() - timedelta(days=2))
    new = make_study(radiology)
    since = (timezone.now() - timedelta(days=1)).isoformat()
    assert [row["id"] for row in alices.get("/api/studies/", changed_since=since).json()["results"]] == [
        new.pk
    ]


@pytest.mark.parametrize("name", ["modality", "body_part", "manufacturer"])
def test_a_masked_value_cannot_be_confirmed_by_filtering_for_it(name, alices, radiology):
    guess = "Quixote^Alonso 19210719"
    study = make_study(radiology, modalities=[guess], body_parts=[guess], manufacturers=[guess])
    make_series(study, modality=guess, body_part_examined=guess, manufacturer=guess)
    for resource in ("studies", "series"):
        assert alices.get(f"/api/{resource}/", **{name: guess}).json()["results"] == []


def test_a_hidden_series_does_not_tell_which_headers_it_uses(bobs, radiology, research):
    """Bob sees the header through his own series; that the hidden one shares it is none of his business."""
    seen, hidden = make_series(make_study(radiology)), make_series(make_study(research))
    header = make_header(seen)
    SeriesHeader.objects.create(series=hidden, header=header, instance_count=1, total_bytes=1)
    assert [row["id"] for row in bobs.get("/api/headers/", series=seen.pk).json()["results"]] == [header.pk]
    assert bobs.get("/api/headers/", series=hidden.pk).json()["results"] == []


def test_headers_quarantine_and_crawls_are_narrowed_too(alices, radiology):
    source, other = make_source(radiology), make_source(radiology)
    series = make_series(make_study(radiology))
    header = make_header(series)
    make_header(make_series(make_study(radiology)))
    crawl = make_crawl(source)
    make_crawl(other, status="failed")
    bad = make_quarantine(source, cause="not_dicom")
    make_quarantine(other)
    for address, query, expected in (
        ("headers", {"series": series.pk}, header),
        ("crawls", {"source": source.pk}, crawl),
        ("crawls", {"status": "completed"}, crawl),
        ("quarantine", {"cause": "not_dicom"}, bad),
        ("quarantine", {"source": source.pk}, bad),
    ):
        rows = alices.get(f"/api/{address}/", **query).json()["results"]
        assert [row["id"] for row in rows] == [expected.pk], (address, query)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("modalty", "CT"),
        ("study_date", "2021-07-19"),
        ("patient_name", "Doe"),
        ("format", "json"),
        ("limit", "0"),
        ("limit", "1001"),
        ("limit", "ten"),
        ("limit", "١"),
        ("cursor", "***"),
        ("sort", "patient_name"),
        ("count", "maybe"),
        ("fields", "id,patient_name"),
        ("year", "21"),
        ("patient", str(2**63)),
        ("modality", ""),
        ("modality", "C\x00T"),
        ("code", "CT-00005"),
        ("changed_since", "2021-07-19"),
        ("held", "perhaps"),
    ],
)
def test_an_unusable_parameter_is_named_and_its_value_not_repeated(parameter, value, alices):
    answer = alices.get("/api/studies/", **{parameter: value})
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["parameter"] == parameter
    if len(value) > 3:
        assert value not in problem["detail"]


def test_a_parameter_given_twice_is_refused_unless_it_may_be(alices):
    assert alices.get("/api/studies/", limit=[1, 2]).json()["parameter"] == "limit"
    assert alices.get("/api/studies/", modality=["CT", "MR"]).status_code == 200


@pytest.mark.parametrize("size", [2, 12])
@pytest.mark.parametrize(
    "resource",
    [
        "collections",
        "patients",
        "studies",
        "series",
        "instances",
        "headers",
        "sources",
        "crawls",
        "quarantine",
    ],
)
def test_a_page_costs_the_same_number_of_queries_however_long_it_is(
    resource, size, alices, radiology, research
):
    for number in range(size):
        collection = radiology if number % 2 else research
        source = make_source(collection)
        make_instance(make_series(make_study(collection)), source=source)
        make_crawl(source, status="running", finished_at=None)
        make_quarantine(source)
    alices.get("/api/collections/")
    with CaptureQueriesContext(connection) as queries:
        assert len(alices.get(f"/api/{resource}/").json()["results"]) >= 2
    # The token, the permission (2), the rows; crawls also sum up their chunks.
    assert len(queries) <= 6, [query["sql"] for query in queries]


def test_the_first_and_the_thousandth_page_are_read_from_an_index(alices, radiology):
    Study.objects.bulk_create(
        Study(
            collection=radiology,
            patient=make_study(radiology).patient,
            study_instance_uid=f"1.{number}",
            instance_count=1,
        )
        for number in range(50)
    )
    cursor = encode_cursor(Study.objects.order_by("id")[40].pk)
    with CaptureQueriesContext(connection) as queries:
        assert alices.get("/api/studies/", cursor=cursor, limit=5).status_code == 200
    listing = next(query["sql"] for query in queries if 'FROM "catalog_study"' in query["sql"])
    assert "OFFSET" not in listing
    assert '"catalog_study"."id" > ' in listing
