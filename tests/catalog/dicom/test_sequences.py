"""Sequences: nested, of undefined length, implicit within explicit, with character sets of their own."""

import json
import struct

import pytest

from catalog.dicom import ElementMemory, split, write_header
from tests.catalog.dicom.building import by_hand, by_hand_implicit, explicit, header_of, implicit, read
from tests.catalog.dicom.pydicom_says import pydicom_says, same
from tests.catalog.dicom.test_differential import judge as has_no_third_outcome

UNDEFINED = 0xFFFFFFFF
SEQUENCE_END = b"\xfe\xff\xdd\xe0" + bytes(4)


def item(content: bytes, *, undefined: bool = False) -> bytes:
    if undefined:
        return b"\xfe\xff\x00\xe0\xff\xff\xff\xff" + content + b"\xfe\xff\x0d\xe0" + bytes(4)
    return b"\xfe\xff\x00\xe0" + struct.pack("<I", len(content)) + content


def sequence(tag: int, vr: str, *parts: bytes, undefined: bool = False) -> bytes:
    content = b"".join(parts)
    return explicit(tag, vr, content + SEQUENCE_END, UNDEFINED) if undefined else explicit(tag, vr, content)


def judge(data: bytes) -> dict:
    header = header_of(read(data))
    assert same(header, pydicom_says(data)) == []
    return header


NAME = explicit(0x00400254, "LO", "Größe ".encode("latin-1"))
IMPLICIT_NAME = implicit(0x00400254, b"Thorax")


@pytest.mark.parametrize("undefined_item", [True, False])
@pytest.mark.parametrize("undefined", [True, False])
@pytest.mark.parametrize("vr", ["SQ", "UN"])
@pytest.mark.parametrize("content", [NAME, IMPLICIT_NAME, b"", NAME + explicit(0x00400280, "ST", b"x")])
def test_items_are_read_whatever_their_lengths_and_encoding(vr, undefined, undefined_item, content):
    inner = item(content, undefined=undefined_item)
    header = judge(by_hand(sequence(0x00400275, vr, inner, inner, undefined=undefined)))

    assert len(header["00400275"]["Value"]) == 2


@pytest.mark.parametrize("undefined", [True, False])
def test_an_unknown_private_sequence_of_implicit_items_is_found_by_its_items(undefined):
    content = item(IMPLICIT_NAME)
    if undefined:
        judge(by_hand_implicit(implicit(0x00091001, content + SEQUENCE_END, UNDEFINED)))
    judge(by_hand_implicit(implicit(0x00091001, content)))


def test_items_keep_their_own_character_set():
    cyrillic = explicit(0x00080005, "CS", b"ISO_IR 144") + explicit(0x00400254, "LO", b"\xbb\xee\xda\xd5")
    data = by_hand(
        explicit(0x00080005, "CS", b"ISO_IR 100"),
        sequence(0x00400275, "SQ", item(NAME), item(cyrillic), item(NAME)),
    )

    values = judge(data)["00400275"]["Value"]

    assert [one["00400254"]["Value"] for one in values] == [["Größe"], ["Люке"], ["Größe"]]


def test_items_inherit_the_character_set_through_every_level():
    deep = sequence(0x00400275, "SQ", item(sequence(0x00081140, "SQ", item(NAME), undefined=True)))

    judge(by_hand(explicit(0x00080005, "CS", b"ISO_IR 100"), deep))


def test_private_creators_of_items_are_their_own():
    block = implicit(0x00190010, b"GEMS_ACQU_01") + implicit(0x00191002, b"\1\0\0\0")

    judge(by_hand_implicit(implicit(0x00400275, item(block)), implicit(0x00401001, b"x ")))


@pytest.mark.parametrize(
    "content",
    [
        explicit(0x00400254, "LO", b"abc", 99),
        explicit(0x00280010, "US", b"abc"),
        explicit(0x00180050, "DS", b"what"),
        explicit(0x00189999, "XX", b"abcd"),
        NAME + NAME,
        b"\xfe\xff\x0d\xe0" + bytes(4) + NAME,
        explicit(0x00283002, "SS", b"\x00\xff\x00\x00\x10\x00"),
        explicit(0x00281050, "UN", b"40"),
        NAME[:-3],
    ],
)
@pytest.mark.parametrize("undefined", [True, False])
def test_odd_items_are_read_as_pydicom_reads_them_or_refused_as_it_does(content, undefined):
    has_no_third_outcome(by_hand(sequence(0x00400275, "SQ", item(content), item(NAME), undefined=undefined)))


def nested(levels: int, tag: int = 0x00400275) -> bytes:
    content = sequence(tag, "SQ", item(NAME))
    for _ in range(levels - 1):
        content = sequence(tag, "SQ", item(content))
    return content


@pytest.mark.parametrize(("levels", "is_error"), [(1, False), (100, False), (101, True), (600, True)])
def test_a_nesting_too_deep_to_follow_is_an_error_of_its_element_alone(levels, is_error):
    header = header_of(read(by_hand(nested(levels), explicit(0x00401001, "SH", b"x "))))

    assert ("Error" in header["00400275"]) is is_error
    assert header["00401001"]["Value"] == ["x"]


def test_a_private_creator_that_is_a_sequence_takes_nothing_else_with_it():
    creator = nested(150, 0x00090010)
    files = [by_hand(creator, explicit(0x00091001, "UN", bytes([number, 1]))) for number in range(2)]

    (one,) = split([read(data) for data in files])
    header = header_of(read(files[0]))

    assert one.members == (0, 1)
    assert "Error" in header["00090010"]
    assert header["00091001"]["Bulk"]["length"] == 2


def test_only_what_devices_repeat_is_remembered():
    memory = ElementMemory(json.dumps)
    long = sequence(0x00400275, "SQ", *(item(NAME) for _ in range(1000)))
    (one,) = split([read(by_hand(long, explicit(0x00401001, "SH", b"x ")))])
    write_header(one, memory)
    remembered = [element.tag for known in memory._known.values() for element in known]
    assert 0x00401001 in remembered
    assert 0x00400275 not in remembered


def test_long_and_binary_values_within_items_are_references():
    content = explicit(0x00420011, "OB", b"%PDF") + explicit(0x00400280, "ST", b"x" * 1500)
    (one,) = judge(by_hand(sequence(0x00400275, "SQ", item(content))))["00400275"]["Value"]

    assert one["00420011"]["Bulk"]["length"] == 4
    assert one["00400280"]["Bulk"]["length"] == 1500
