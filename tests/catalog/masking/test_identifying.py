"""The table of identifying columns knows every column of the catalogue, and masks rows by it."""

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from catalog.identifying import IDENTIFYING, UNIDENTIFYING, Kind, kind_of

COUNTS = (
    models.IntegerField,
    models.FloatField,
    models.BooleanField,
    models.ForeignKey,
    models.OneToOneField,
)
COLUMNS = [
    (model.__name__, field)
    for model in apps.get_app_config("catalog").get_models()
    for field in model._meta.concrete_fields
]


def says_something(field: models.Field) -> bool:
    inner = field.base_field if isinstance(field, ArrayField) else field
    return not isinstance(inner, COUNTS)


@pytest.mark.parametrize(("model", "field"), COLUMNS, ids=lambda value: getattr(value, "name", value))
def test_every_column_of_text_dates_or_bytes_has_been_judged(model, field):
    if says_something(field):
        kind_of(model, field.name)


def test_no_column_is_judged_twice_or_after_it_is_gone():
    names = {(model, field.name) for model, field in COLUMNS}
    judged = [
        (model, column)
        for table in (IDENTIFYING, UNIDENTIFYING)
        for model in table
        for column in table[model]
    ]
    assert len(judged) == len(set(judged))
    assert set(judged) <= names


def test_a_column_that_nobody_judged_is_an_error_and_not_shown():
    with pytest.raises(KeyError):
        kind_of("Study", "nickname")


def test_facts_of_headers_and_columns_of_studies_are_judged_alike():
    for model in ("Study", "Series", "Patient"):
        for column in IDENTIFYING[model].keys() & IDENTIFYING["Header"].keys():
            assert IDENTIFYING[model][column] is IDENTIFYING["Header"][column]


def test_whole_headers_are_marked_so_that_no_row_shows_them():
    assert IDENTIFYING["Header"]["content"] is Kind.HEADER
    assert IDENTIFYING["Instance"]["varying"] is Kind.HEADER
