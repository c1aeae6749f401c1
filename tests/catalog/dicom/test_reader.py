"""Reading raw headers: what is noted, what is refused, and what it costs."""

import hashlib
import os
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    MediaStorageDirectoryStorage,
)

from catalog.dicom import (
    Bulk,
    BytesSource,
    Cause,
    DescriptorSource,
    LayoutMemory,
    PixelData,
    Preamble,
    Trailing,
    Unreadable,
    read_object,
)
from catalog.dicom.byte_source import MOST_HELD
from catalog.dicom.pixels import MOST_FRAGMENTS
from tests.catalog.dicom.building import (
    PACKAGE,
    by_hand,
    by_hand_implicit,
    data_set,
    dicom_file,
    explicit,
    header_of,
    implicit,
    items,
    read,
    series,
    written,
)

ITEM = b"\xfe\xff\x00\xe0"
ITEM_END = b"\xfe\xff\x0d\xe0" + bytes(4)
SEQUENCE_END = b"\xfe\xff\xdd\xe0" + bytes(4)
UNDEFINED = 0xFFFFFFFF
PIXEL_DATA = 0x7FE00010


class CountingSource:
    """Bytes that know how many of them were asked for."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)
        self.read = 0

    def read_at(self, offset: int, length: int) -> bytes:
        part = self.data[offset : offset + length]
        self.read += len(part)
        return part


def pixels_of(data: bytes) -> PixelData:
    pixels = read(data).pixel_data
    assert pixels is not None
    return pixels


def refusal_of(data: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read(data)
    return caught.value


# What stands before the data set.


def test_the_preamble_is_told_apart():
    filled = b"II*\0" + bytes(124)

    assert read(dicom_file()).preamble is Preamble.ZERO
    found = read(written(data_set(), preamble=filled))
    assert found.preamble is Preamble.FILLED
    assert found.preamble_sha256 == hashlib.sha256(filled).hexdigest()


def test_a_file_without_preamble_is_read_when_it_begins_like_dicom():
    found = read(dicom_file()[132:])

    assert found.preamble is Preamble.ABSENT
    assert header_of(found)["00100020"] == {"vr": "LO", "Value": ["P1"]}


def test_a_bare_implicit_data_set_is_read():
    found = read(implicit(0x00080018, b"1.2.3.4\0") + implicit(0x00100020, b"P1"))

    assert found.transfer_syntax == ""
    assert header_of(found)["00100020"]["Value"] == ["P1"]


@pytest.mark.parametrize("data", [b"%PDF-1.7 " * 40, b"PK\x03\x04" + bytes(300), b"hello", bytes(500)])
def test_other_files_are_not_dicom_in_pydicoms_words(data):
    refusal = refusal_of(data)

    assert refusal.cause is Cause.NOT_DICOM
    assert "File Meta Information header" in refusal.detail


def test_an_empty_file_is_refused():
    assert refusal_of(b"").cause is Cause.EMPTY_FILE


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_a_media_directory_is_no_object(syntax):
    assert refusal_of(dicom_file(syntax, SOPClassUID=MediaStorageDirectoryStorage)).cause is Cause.DICOMDIR


def test_a_syntax_that_pydicom_takes_for_another_is_refused():
    data = by_hand(explicit(0x00100020, "LO", b"P1"), syntax="1.2.840.10008.1.2.4.95")

    assert refusal_of(data).cause is Cause.UNSUPPORTED_TRANSFER_SYNTAX


def test_an_unknown_transfer_syntax_is_read_as_pydicom_reads_it():
    found = read(by_hand(explicit(0x00100020, "LO", b"P1"), syntax="1.2.3.99"))

    assert found.transfer_syntax == "1.2.3.99"
    assert header_of(found)["00100020"]["Value"] == ["P1"]


# What is cut off or broken.


def test_a_truncated_file_is_quarantined_with_pydicoms_reason():
    open_sequence = explicit(0x00081140, "SQ", b"", UNDEFINED) + ITEM + struct.pack("<I", UNDEFINED)

    refusal = refusal_of(by_hand(open_sequence))

    assert refusal.cause is Cause.TRUNCATED
    assert refusal.detail.startswith("No tag to read at file position")


def test_a_value_shorter_than_declared_is_quarantined_without_the_value():
    refusal = refusal_of(by_hand(explicit(0x00100010, "PN", b"Doe^Ja", 20)))

    assert refusal.cause is Cause.TRUNCATED
    assert refusal.detail == "(0010,0010) declares 20 bytes, the file holds 6 of them"


def test_the_detail_of_a_refusal_quotes_no_value():
    refusal = refusal_of(by_hand(explicit(0x00080005, "CS", b"DOE\0JANE")))

    assert "DOE" not in refusal.detail + str(refusal)
    assert "JANE" not in refusal.detail + str(refusal)


def test_a_truncated_deflated_file_has_zlibs_reason():
    data = dicom_file(DeflatedExplicitVRLittleEndian)

    refusal = refusal_of(data[:-20])

    assert refusal.cause is Cause.TRUNCATED
    assert "incomplete or truncated stream" in refusal.detail


@pytest.mark.parametrize("length", [1, 4, 7])
def test_bytes_too_few_for_an_element_are_counted(length):
    assert read(by_hand(explicit(0x00100020, "LO", b"P1")) + bytes(length)).leftover == length


def test_sequences_nested_without_end_are_refused_not_followed_forever():
    opened = explicit(0x00081140, "SQ", b"", UNDEFINED) + ITEM + struct.pack("<I", UNDEFINED)

    assert refusal_of(by_hand(opened * 2000)).cause in {Cause.TRUNCATED, Cause.CORRUPT}


def test_a_deep_but_sound_nesting_is_read():
    opened = explicit(0x00081140, "SQ", b"", UNDEFINED) + ITEM + struct.pack("<I", UNDEFINED)

    assert "00081140" in header_of(read(by_hand(opened * 40 + (ITEM_END + SEQUENCE_END) * 40)))


# Pixel data and what follows it.


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_pixel_data_is_located_and_not_part_of_the_header(syntax):
    data = dicom_file(syntax, PixelData=b"\x01\x02" * 50, BitsAllocated=16)

    pixels = pixels_of(data)

    assert (pixels.tag, pixels.length, pixels.missing) == (PIXEL_DATA, 100, 0)
    assert data[pixels.offset :][:100] == b"\x01\x02" * 50
    assert "7FE00010" not in header_of(read(data))


def test_missing_pixels_are_counted():
    data = dicom_file(PixelData=bytes(100), BitsAllocated=16)

    assert pixels_of(data[:-30]).missing == 30


def test_elements_after_the_pixel_data_belong_to_the_header():
    data = dicom_file(PixelData=bytes(100), BitsAllocated=16) + explicit(0xFFFCFFFC, "OB", b"\0\0\0\0")

    found = read(data)

    assert found.trailing is Trailing.READ
    assert header_of(found)["FFFCFFFC"]["Bulk"]["length"] == 4


def test_what_cannot_be_read_after_the_pixel_data_is_noted():
    found = read(dicom_file(PixelData=bytes(100), BitsAllocated=16) + b"what is this?")

    assert found.trailing is Trailing.NOT_LOOKED_AT


def encapsulated(fragments: list[bytes], after: bytes = b"") -> bytes:
    head = written(data_set(), JPEG2000Lossless)
    pieces = [ITEM + struct.pack("<I", len(fragment)) + fragment for fragment in [b"", *fragments]]
    return head + explicit(PIXEL_DATA, "OB", b"", UNDEFINED) + b"".join(pieces) + SEQUENCE_END + after


def test_encapsulated_pixel_data_is_not_walked_when_the_file_ends_with_it():
    source = CountingSource(encapsulated([bytes(1000)] * 50))

    found = read_object(source)

    assert pixels_of(source.data).length is None
    assert found.trailing is Trailing.NOTHING
    assert source.read < 20_000


def test_elements_after_encapsulated_pixel_data_are_found_by_the_heads_of_the_fragments():
    after = explicit(0xFFFCFFFC, "OB", b"\0\0\0\0")
    source = CountingSource(encapsulated([bytes(9000)] * 50, after))

    found = read_object(source)

    assert found.trailing is Trailing.READ
    assert 0xFFFCFFFC in found.elements
    assert source.read < 20_000


def test_the_walk_over_fragments_is_bounded_and_says_so():
    data = encapsulated([b"ab"] * (MOST_FRAGMENTS + 1), b"\0\0")

    assert read(data).trailing is Trailing.NOT_LOOKED_AT


# Cost.


def sparse(path: Path, head: bytes, size: int) -> int:
    path.write_bytes(head)
    os.truncate(path, size)
    return os.open(path, os.O_RDONLY)


def test_a_multi_gigabyte_file_costs_what_its_header_costs(tmp_path):
    head = written(data_set()) + explicit(PIXEL_DATA, "OW", b"", 4_000_000_000)
    descriptor = sparse(tmp_path / "huge.dcm", head, len(head) + 4_000_000_000)
    tracemalloc.start()
    try:
        found = read_object(DescriptorSource(descriptor))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        os.close(descriptor)

    assert found.pixel_data == PixelData(PIXEL_DATA, "OW", len(head), 4_000_000_000)
    assert peak < 1_000_000


@pytest.mark.parametrize("kind", ["explicit", "implicit"])
def test_a_huge_private_value_is_hashed_and_never_held(kind):
    value = b"\x5a" * (20 << 20)
    creator, tag = 0x00090010, 0x00091001
    if kind == "explicit":
        data = by_hand(
            explicit(creator, "LO", b"ME"), explicit(tag, "OB", value), explicit(0x00100020, "LO", b"P1")
        )
    else:
        data = by_hand_implicit(implicit(creator, b"ME"), implicit(tag, value), implicit(0x00100020, b"P1"))
    tracemalloc.start()
    try:
        found = read(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert found.elements[tag].value == Bulk(len(value), hashlib.sha256(value).hexdigest())
    assert found.elements[0x00100020].value == b"P1"
    assert peak < 5_000_000


def test_a_header_too_large_to_be_held_is_refused(tmp_path):
    size = MOST_HELD * 2
    head = by_hand(explicit(0x52009230, "SQ", ITEM + struct.pack("<I", size - 8), size))
    descriptor = sparse(tmp_path / "large.dcm", head, len(head) + size)
    try:
        with pytest.raises(Unreadable) as caught:
            read_object(DescriptorSource(descriptor))
    finally:
        os.close(descriptor)

    assert caught.value.cause is Cause.TOO_LARGE_HEADER


def test_a_deflated_bomb_does_not_fill_the_memory():
    data = dicom_file(DeflatedExplicitVRLittleEndian, PixelData=bytes(70 << 20), BitsAllocated=16)
    tracemalloc.start()
    try:
        found = read(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert found.pixel_data is not None
    assert found.pixel_data.length == 70 << 20
    assert peak < 4 * MOST_HELD


def test_a_thin_header_takes_one_read():
    source = CountingSource(dicom_file(PixelData=bytes(100_000), BitsAllocated=16))

    read_object(source)

    assert source.read <= 16 << 10


def test_a_header_beyond_the_first_read_is_read_on():
    data = by_hand(*(explicit(0x00091010 + number, "LO", b"x" * 60) for number in range(900)))

    assert len(read(data).elements) == 901


# The hash of the content.


def test_the_content_hash_depends_on_the_elements_only():
    one = written(data_set())
    other = written(data_set(), preamble=b"II*\0" + bytes(124))

    assert read(one).content_hash == read(other).content_hash
    assert len(read(one).content_hash) == 16


@pytest.mark.parametrize("changed", [{"PatientName": "Doe^Joan"}, {"PixelData": bytes(102)}])
def test_the_content_hash_notices_a_changed_element_and_another_number_of_pixels(changed):
    original: dict[str, Any] = {"PixelData": bytes(100), "BitsAllocated": 16}

    assert read(dicom_file(**original)).content_hash != read(dicom_file(**(original | changed))).content_hash


def test_what_pydicom_decoded_counts_as_memory_held():
    codes = items(*[{"CodeValue": str(number), "CodeMeaning": "meaning"} for number in range(500)])
    plain, turned = (
        read(dicom_file(syntax, ProcedureCodeSequence=codes))
        for syntax in (ExplicitVRLittleEndian, ExplicitVRBigEndian)
    )
    assert turned.shape.decoded
    assert 10_000 < plain.held_bytes < turned.held_bytes


def test_objects_of_one_series_share_a_shape():
    memory = LayoutMemory()

    found = [read_object(BytesSource(data), memory) for data in series(20)]

    assert len({one.shape for one in found[3:]}) == 1


def test_every_file_of_the_package_hashes_alike_each_time():
    for path in sorted((PACKAGE / "test_files").glob("*.dcm"))[:40]:
        try:
            assert read(path.read_bytes()).content_hash == read(path.read_bytes()).content_hash
        except Unreadable:
            continue
