"""The header viewer: sequences fold, the filter finds, private and identifying elements can be singled out."""

import re

import pytest

from tests.factories import make_header, make_instance
from tests.web.conftest import signed_in

CONTENT = {
    "00080060": {"vr": "CS", "Value": ["CT"]},
    "00081115": {
        "vr": "SQ",
        "Value": [
            {
                "0020000E": {"vr": "UI", "Value": ["1.2.826.0.1.3680043.8.498.77"]},
                "0008114A": {
                    "vr": "SQ",
                    "Value": [{"00081155": {"vr": "UI", "Value": ["1.2.826.0.1.3680043.8.498.78"]}}],
                },
            },
            {"0020000E": {"vr": "UI", "Value": ["1.2.826.0.1.3680043.8.498.79"]}},
        ],
    },
    "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Quixotesecret^Ann"}]},
    "00280010": {"vr": "US", "Value": [512]},
    "00291010": {"vr": "LO", "Value": ["Quixotesecret"]},
    "00290010": {"vr": "LO", "Value": ["SIEMENS CSA HEADER"]},
}


@pytest.fixture
def look(held, alice):
    """Return what the header shows for a query."""
    header = make_header(held.series, content=CONTENT, varying=[["00200013", "IS"]])
    instance = make_instance(held.series, source=held.source, header=header, varying=[7])
    client = signed_in(alice)

    def shown(query: str = "", **headers: str) -> str:
        return client.get(f"/instances/{instance.code}?{query}", headers=headers).content.decode()

    return shown


def keywords(body: str) -> list[str]:
    return re.findall(r'<span title="[^"]*">([^<]+)</span>', body)


def test_shared_and_varying_elements_stand_together_in_the_order_of_their_tags(look):
    found = keywords(look())
    assert found == [
        "Modality",
        "ReferencedSeriesSequence",
        "ReferencedInstanceSequence",
        "ReferencedSOPInstanceUID",
        "SeriesInstanceUID",
        "SeriesInstanceUID",
        "PatientName",
        "InstanceNumber",
        "Rows",
    ]


def test_sequences_fold_and_their_items_are_numbered(look):
    body = look()
    assert len(re.findall(r"<details><summary", body)) == 2
    assert re.findall(r'item-title">([^<]+)<', body) == ["Item 1", "Item 1", "Item 2"]


@pytest.mark.parametrize("query", ["q=rows", "q=0028,0010", "q=(0028,0010)", "q=00280010", "q=512"])
def test_the_filter_finds_by_keyword_tag_and_shown_value(query, look):
    assert keywords(look(query)) == ["Rows"]


def test_what_is_found_in_a_sequence_is_shown_below_it_and_unfolded(look):
    body = look("q=ReferencedSOPInstanceUID")
    assert keywords(body) == [
        "ReferencedSeriesSequence",
        "ReferencedInstanceSequence",
        "ReferencedSOPInstanceUID",
    ]
    assert len(re.findall(r"<details open><summary", body)) == 2


def test_only_what_identifies_can_be_singled_out(look):
    found = keywords(look("phi=on"))
    assert "PatientName" in found
    assert "Rows" not in found


def test_private_elements_are_left_out_until_they_are_asked_for(look):
    assert "(0029,1010)" not in look()
    body = look("private=on")
    assert "(0029,1010)" in body
    assert "Quixotesecret" not in body


def test_htmx_gets_the_header_alone(look):
    body = look("q=rows", **{"HX-Request": "true"})
    assert body.lstrip().startswith('<div id="header"')
    assert "<html" not in body


def test_every_mark_says_why(look):
    body = look("q=PatientName")
    assert "PS3.15 E.1-1" in body or "164.514" in body
    assert "Why PatientName is marked" in body


def test_neighbours_are_one_step_away(look, held, alice):
    body = look()
    assert 'rel="prev"' in body
    assert 'rel="next"' not in body
