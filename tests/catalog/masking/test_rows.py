"""Rows as pages and the API are given them: no column of a secret gets through, and what could, raises."""

import pytest
from django.db.models import F
from django.template import Context, Template

from catalog.masking import MASK
from catalog.masking.rows import masked, masked_rows
from catalog.models import Instance, Series, Study
from tests.factories import (
    SECRETS,
    make_instance,
    make_patient,
    make_quarantine,
    make_series,
    make_source,
    make_study,
)


@pytest.fixture
def instance(radiology):
    study = make_study(radiology)
    return make_instance(make_series(study), source=make_source(radiology))


def told(row) -> str:
    """Return what a row says in all its columns that it does not refuse to say."""
    said = []
    for field in row._row._meta.concrete_fields:
        try:
            said.append(str(getattr(row, field.attname)))
        except AttributeError:
            continue
    return " ".join(said)


def test_no_row_tells_a_secret(instance, radiology):
    series = instance.series
    rows = [
        instance,
        series,
        series.study,
        series.study.patient,
        instance.source,
        make_quarantine(instance.source),
    ]
    for row in rows:
        for secret in SECRETS:
            assert secret not in told(masked(row)), type(row).__name__


def test_what_says_nothing_about_a_person_comes_through(instance):
    study = Study.objects.get()
    row = masked(study)
    assert (row.study_date, row.study_description) == ("2021", f"CT chest of {MASK}")
    assert (row.modalities, row.manufacturers) == ("CT", "ACME Imaging")
    assert (row.pk, row.code, row.series_count) == (study.pk, study.code, 1)
    assert row.institution_name.startswith("Site ")


def test_related_rows_come_masked(instance):
    row = masked(instance)
    assert row.series.study.patient.patient_name == MASK
    assert row.source.location.startswith("/srv/~")


def test_templates_and_serializers_can_only_reach_masked_values(instance):
    page = Template("{{ row.study.patient.patient_id }} {{ row.series_description }} {{ row.study.code }}")
    said = page.render(Context({"row": masked(instance.series)}))
    assert said == f"{MASK} Axial {MASK} {Study.objects.get().code}"


def test_a_study_description_hides_the_words_of_its_own_patients_name(radiology):
    patient = make_patient(radiology, patient_name="Chest^Ann")
    study = make_study(radiology, patient=patient, study_description="CT chest", body_parts=["CHEST"])
    row = masked(study)
    assert "chest" not in f"{row.study_description} {row.body_parts}".lower()
    assert "chest" not in masked(make_series(study, body_part_examined="CHEST")).body_part_examined.lower()


@pytest.mark.parametrize("name", ["content", "varying"])
def test_a_header_is_not_shown_as_a_column(instance, name):
    row = masked(instance)
    with pytest.raises(AttributeError):
        getattr(row.header if name == "content" else row, name)


def test_annotations_of_text_and_methods_are_refused(instance):
    study = Study.objects.annotate(name=F("patient__patient_name"), number=F("patient_count")).get()
    row = masked(study)
    assert row.number == 1
    for name in ("name", "refresh_from_db", "series"):
        with pytest.raises(AttributeError):
            getattr(row, name)


def test_a_page_of_rows_costs_one_query_when_it_selects_who_they_are_about(
    radiology, django_assert_num_queries
):
    for _ in range(3):
        study = make_study(radiology)
        make_instance(make_series(study), source=make_source(radiology))
    with django_assert_num_queries(1):
        assert [row.study_description for row in masked_rows(Study.objects.select_related("patient"))]
    with django_assert_num_queries(1):
        assert [
            row.series_description for row in masked_rows(Series.objects.select_related("study__patient"))
        ]
    with django_assert_num_queries(1):
        instances = Instance.objects.select_related("header", "series__study__patient")
        assert [row.sop_instance_uid for row in masked_rows(instances)]


def test_codes_of_two_collections_cannot_be_compared(radiology, research):
    one, other = make_study(radiology), make_study(research)
    assert one.institution_name == other.institution_name
    assert masked(one).institution_name != masked(other).institution_name


def test_codes_follow_the_secret_key(radiology, settings):
    study = make_study(radiology)
    before = masked(study).institution_name
    settings.SECRET_KEY = "another secret key"
    assert masked(study).institution_name != before
