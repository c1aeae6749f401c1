"""What is written out for the database comes back as it was."""

import json
from datetime import date

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.actions.copying import (
    copy_json_text,
    copy_lines,
    copy_values,
    json_text,
    text_array,
    whole_number_array,
)
from catalog.dicom import Bulk
from catalog.models import Chunk, Crawl, Source

AWKWARD = ["plain.dcm", 'quo"te', "back\\slash", "com,ma {brace}", "new\nline", "NULL", "", " ", "ütf-8/日本"]


@pytest.mark.django_db
@pytest.mark.parametrize("names", [[], AWKWARD])
def test_a_listing_comes_back_as_the_walk_found_it(radiology, names):
    crawl = Crawl.objects.create(source=Source.objects.create(collection=radiology, name="s", location="/s"))
    numbers = [2**63 - 1 - at for at in range(len(names))]
    chunk = Chunk.objects.create(
        crawl=crawl,
        ordinal=0,
        listed=len(names),
        locators=text_array(names),
        sizes=whole_number_array(numbers),
        mtimes_ns=whole_number_array([-number for number in numbers]),
        inodes=whole_number_array(iter(numbers)),
    )
    chunk.refresh_from_db()
    assert chunk.locators == names
    assert chunk.sizes == chunk.inodes == numbers
    assert chunk.mtimes_ns == [-number for number in numbers]


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["vr", "Value", "null"]), inner),
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(ANYTHING)
def test_json_says_what_the_value_said(value):
    # Not by ==, to which True, 1 and 1.0 are the same.
    assert repr(json.loads(json_text(value))) == repr(value)


@pytest.mark.parametrize("value", [date(2020, 1, 2), Bulk(1, "00")])
def test_what_is_no_json_is_not_written_as_if_it_were(value):
    with pytest.raises(TypeError):
        json_text([value])


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (float("nan"), "nan"),
        ([1.5, float("-inf"), None], [1.5, "-inf", None]),
        ({"Value": ["a\0b"]}, {"Value": ["a\ufffdb"]}),
        ("\\u0000", "\\u0000"),
        ("lone \ud800", "lone ?"),
        (2**70, 2**70),
        ("null", "null"),
    ],
)
def test_what_json_cannot_hold_is_kept_as_text(value, kept):
    assert json.loads(json_text(value)) == kept


def test_json_of_any_depth_is_written():
    value: list = []
    for _ in range(400):
        value = [value]
    assert json.loads(json_text(value)) == value


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["plain", "", "tab\tline\nreturn\r", "back\\slash", "\\N", "\\."])
def test_columns_come_back_through_a_copy(text):
    values = [text, None, True, False, -7, "x"]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE stage_columns (a text, b text, c bool, d bool, e bigint, f text) ON COMMIT DROP"
        )
        copy_lines("stage_columns", "abcdef", [copy_values(values) + "\n"])
        cursor.execute("SELECT * FROM stage_columns")
        assert list(cursor.fetchone()) == values


def test_no_server_learns_what_went_wrong_with_a_value():
    """psycopg tells the server the text of an exception within a COPY, and the server writes it into its log."""

    with pytest.raises(ValueError, match="Doe"):
        copy_lines("no_such_table", ["a"], (str(int(value)) for value in ["Doe^Jane"]))


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["tab\tline\nreturn\r", 'quo"te', "back\\slash", "\\N", "\\u0041"])
def test_json_comes_back_through_a_copy(value):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE stage_json (content json) ON COMMIT DROP")
        with cursor.copy("COPY stage_json FROM STDIN") as copy:
            copy.write(copy_json_text(json_text([value])) + "\n")
        cursor.execute("SELECT content ->> 0 FROM stage_json")
        assert cursor.fetchone() == (value,)
