"""Nothing identifying leaves through the API."""

import json

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from rest_framework import serializers

from catalog import models as catalogue
from catalog.api import serializers as api
from catalog.api.masked import MaskedSerializer
from catalog.identifying import kind_of
from tests.factories import SECRETS, make_study

RESOURCES = [
    "collections",
    "patients",
    "studies",
    "series",
    "instances",
    "headers",
    "sources",
    "crawls",
    "quarantine",
]
SERIALIZERS = {
    api.SourceSerializer: catalogue.Source,
    api.PatientSerializer: catalogue.Patient,
    api.StudySerializer: catalogue.Study,
    api.SeriesSerializer: catalogue.Series,
    api.InstanceSerializer: catalogue.Instance,
    api.HeaderSerializer: catalogue.Header,
    api.CrawlSerializer: catalogue.Crawl,
    api.CrawlProblemSerializer: catalogue.CrawlProblem,
    api.QuarantineSerializer: catalogue.Quarantine,
}
# What is computed, and from what; none of it is a column.
COMPUTED = {
    "code": "a row's number",
    "varying": "tags without values",
    "counts": "numbers of files",
    "title": "our own words about a cause",
    "remedy": "our own words about a cause",
    "is_passing": "our own judgement of a cause",
    "revealed": "null unless a lens reaches the row: tests/api/test_lens.py",
}


def _fields():
    return [
        pytest.param(serializer, model, name, field, id=f"{serializer.__name__}.{name}")
        for serializer, model in SERIALIZERS.items()
        for name, field in serializer().fields.items()
    ]


@pytest.mark.parametrize(("serializer", "model", "name", "field"), _fields())
def test_every_field_is_masked_or_declared_harmless(serializer, model, name, field):
    if isinstance(field, serializers.SerializerMethodField) or name in {"code", "revealed"}:
        assert name in COMPUTED
        return
    try:
        column = model._meta.get_field(field.source)
    except FieldDoesNotExist:
        assert (serializer, field.source) == (api.HeaderSerializer, "collection_id")
        return
    if isinstance(column, models.ForeignKey | models.BigAutoField | models.BooleanField):
        return
    try:
        kind = kind_of(model.__name__, column.name)
    except KeyError:
        assert isinstance(column, models.IntegerField), "nobody has judged this column"
        return
    assert kind is None or issubclass(serializer, MaskedSerializer)


def test_every_serializer_of_a_table_is_in_this_test():
    of_rows = {
        found
        for found in vars(api).values()
        if isinstance(found, type) and issubclass(found, serializers.Serializer) and "id" in found().fields
    }
    assert of_rows == {*SERIALIZERS, api.HeaderContentSerializer, api.CollectionSerializer}


@pytest.mark.parametrize("resource", RESOURCES)
def test_no_secret_word_stands_in_a_list_or_a_row(resource, alices, holdings):
    row = holdings[resource]
    answers = [alices.get(f"/api/{resource}/", count="exact"), alices.get(f"/api/{resource}/{row.pk}/")]
    if resource == "instances":
        answers.append(alices.get(f"/api/instances/{row.pk}/header/"))
    for answer in answers:
        assert answer.status_code == 200
        found = [word for word in SECRETS if word.lower() in answer.content.decode().lower()]
        assert not found


def test_a_study_is_shown_by_year_site_code_and_clinical_words(alices, holdings):
    study = alices.get(f"/api/studies/{holdings['studies'].pk}/").json()
    assert study["study_year"] == 2021
    assert study["site"].startswith("Site ")
    assert study["study_description"].startswith("CT chest")
    assert study["modalities"] == ["CT"]
    assert study["code"].startswith("CT-")


def test_the_full_header_holds_what_is_shared_and_what_is_its_own(alices, holdings):
    instance = holdings["instances"]
    header = alices.get(f"/api/instances/{instance.pk}/header/").json()
    assert header["00080060"] == {"vr": "CS", "Value": ["CT"]}
    assert header["00200013"]["Value"] == [instance.instance_number]
    assert header["00100010"] == {"vr": "PN", "Masked": True}


def test_a_shared_header_is_shown_with_the_codes_of_a_collection_that_may_be_seen(bobs, holdings):
    header = bobs.get(f"/api/headers/{holdings['headers'].pk}/").json()
    assert header["collection"] == holdings["collections"].pk
    assert header["varying"] == ["00080018", "00200013"]
    assert header["content"]["00100020"] == {"vr": "LO", "Masked": True}


def test_a_cursor_holds_a_row_number_and_nothing_else(alices, holdings, radiology):
    make_study(radiology)
    following = alices.get("/api/studies/", limit=1, sort="-study_date").json()["next"]
    assert json.dumps(following).count("cursor=") == 1
    assert not [word for word in SECRETS if word in following]
