"""The tables hold only what DICOM knows."""

import pytest
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset

from catalog.synthesis.paths import place
from catalog.synthesis.private import VARYING
from catalog.synthesis.studies import KINDS
from catalog.synthesis.tables import table


@pytest.mark.parametrize("modality", sorted(table("headers")))
def test_every_header_row_is_a_dicom_keyword(modality):
    assert [name for name in table("headers")[modality] if tag_for_keyword(name) is None] == []


def test_every_identifier_and_every_kept_element_is_a_dicom_keyword():
    rules = table("deidentify")
    names = [*table("identifiers")["elements"], *rules["keep"], *rules["drop"], *rules["empty"]]
    assert [name for name in names if tag_for_keyword(name) is None] == []


@pytest.mark.parametrize(
    "row",
    [*table("plants")["plants"], *table("negatives")["negatives"]],
    ids=lambda row: f"{row['case']}-{row['path']}",
)
def test_every_path_can_be_written(row):
    assert place(Dataset(), row["path"], b"" if row.get("vr") in ("UN", "OB") else "", row.get("vr"))


def test_every_private_block_has_an_element_that_reserves_its_creator():
    for maker, blocks in table("private").items():
        for block in blocks:
            assert any(row[1] not in VARYING for row in block["elements"].values()), maker


def test_every_series_is_of_a_known_kind():
    for protocol in table("protocols").values():
        assert {series["kind"] for series in protocol["series"]} <= KINDS.keys()
        assert set(protocol["scanners"]) <= table("scanners")["scanners"].keys()
