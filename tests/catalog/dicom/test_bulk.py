"""Values kept as length and hash can be read again."""

import hashlib

import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from catalog.dicom import BytesSource, read_bulk
from tests.catalog.dicom.building import (
    by_hand,
    dicom_file,
    explicit,
    header_of,
    items,
    read,
    rich_data_set,
    written,
)

SYNTAXES = [
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
]


def references(header: dict, path: str = ""):
    """The path and the reference of every value that is kept as one."""
    for name, element in header.items():
        if "Bulk" in element:
            yield path + name, element["Bulk"]
        if element["vr"] == "SQ":
            for number, item in enumerate(element["Value"]):
                yield from references(item, f"{path}{name}/{number}/")


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_every_reference_leads_back_to_its_bytes(syntax):
    ds = rich_data_set()
    ds.ImageComments = "long " * 1000
    ds.RequestAttributesSequence = items(
        {"ScheduledProtocolCodeSequence": items({"LongCodeValue": "x" * 2000})}
    )
    data = written(ds, syntax)
    found = list(references(header_of(read(data))))

    assert len(found) >= 4
    for path, reference in found:
        content = b"".join(read_bulk(BytesSource(data), path))
        assert len(content) == reference["length"]
        assert hashlib.sha256(content).hexdigest() == reference["sha256"]


def test_a_huge_value_comes_in_blocks():
    value = bytes(range(256)) * (3 << 12)
    blocks = list(read_bulk(BytesSource(by_hand(explicit(0x00091001, "OB", value))), "00091001"))

    assert b"".join(blocks) == value
    assert max(map(len, blocks)) <= 1 << 20


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("path", ["00091001", "00081110/0/00420011", "00081110/7/00081150"])
def test_what_is_not_there_is_said(syntax, path):
    ds = rich_data_set()

    with pytest.raises(LookupError):
        list(read_bulk(BytesSource(written(ds, syntax)), path))


def test_small_values_may_be_read_as_well():
    assert b"".join(read_bulk(BytesSource(dicom_file()), "00100020")) == b"P1"
