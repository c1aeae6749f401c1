"""Facts: the columns that people filter and sort by."""

from typing import Any

import pytest

from catalog.dicom import LONGEST_TEXT, Facts, facts
from tests.catalog.dicom.building import data_set, dicom_file, header_of, items, read, written


def facts_of(**elements: Any) -> Facts:
    return facts(header_of(read(dicom_file(**elements))))


def test_what_is_absent_is_empty():
    found = facts({})

    assert (found.patient_id, found.patient_name, found.modality) == ("", "", "")
    assert (found.study_date, found.series_number, found.rows) == (None, None, None)
    assert found.deidentification_method is False


@pytest.mark.parametrize(
    ("written_date", "read_date"),
    [
        ("20240229", "2024-02-29"),
        ("2024.02.29", "2024-02-29"),
        ("20230229", None),
        ("2024", None),
        ("", None),
        ("00000000", None),
        ("２０２４０２２９", None),
    ],
)
def test_dates_are_iso_dates_or_nothing(written_date, read_date):
    assert facts({"00080020": {"vr": "DA", "Value": [written_date]}}).study_date == read_date


@pytest.mark.parametrize(
    ("name", "joined"),
    [
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        ("Doe^Jane", "Doe^Jane"),
        ("=山田^太郎", "=山田^太郎"),
        ("", ""),
    ],
)
def test_the_groups_of_a_name_are_joined(name, joined):
    assert facts_of(PatientName=name).patient_name == joined


def test_several_values_are_joined():
    assert facts_of(SoftwareVersions=["A", "B"]).software_versions == "A\\B"


def test_numbers_are_numbers():
    found = facts_of(SeriesNumber=7, Rows=512, NumberOfFrames="60")

    assert (found.series_number, found.rows, found.number_of_frames) == (7, 512, 60)


@pytest.mark.parametrize(
    ("elements", "named"),
    [
        ({}, False),
        ({"DeidentificationMethod": "Profile"}, True),
        ({"DeidentificationMethodCodeSequence": items({"CodeValue": "113100"})}, True),
    ],
)
def test_a_deidentification_method_counts_as_text_or_code(elements, named):
    assert facts_of(**elements).deidentification_method is named


def test_the_transfer_syntax_is_a_fact():
    assert facts_of().transfer_syntax_uid == "1.2.840.10008.1.2.1"


def test_text_that_no_database_can_hold_is_made_fit():
    assert facts({"00081030": {"vr": "LO", "Value": ["a\0b "]}}).study_description == "ab"


def test_identity_removed_is_as_written():
    assert (
        facts(header_of(read(written(data_set(PatientIdentityRemoved="YES"))))).patient_identity_removed
        == "YES"
    )


def test_names_and_identifiers_stay_whole_and_other_texts_are_cut():
    """Cut, two identifiers could be one; and of a name every word is needed, so that it can be hidden elsewhere."""
    long = "x" * 300
    found = facts(
        {
            name: {"vr": "LO", "Value": [long]}
            for name in ("00100020", "00100021", "00100010", "0020000D", "0020000E", "00080090", "00080070")
        }
    )
    assert found.manufacturer == long[:LONGEST_TEXT]
    assert {
        found.patient_id,
        found.issuer_of_patient_id,
        found.patient_name,
        found.study_instance_uid,
        found.series_instance_uid,
        found.referring_physician_name,
    } == {long}
