"""Values by VR, held against pydicom for every kind of content."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.catalog.dicom.building import by_hand, by_hand_implicit, explicit, header_of, implicit, read
from tests.catalog.dicom.pydicom_says import pydicom_says, same

TEXT_VRS = [
    "AE",
    "AS",
    "CS",
    "DA",
    "DS",
    "DT",
    "IS",
    "LO",
    "LT",
    "PN",
    "SH",
    "ST",
    "TM",
    "UC",
    "UI",
    "UR",
    "UT",
]
BINARY_VRS = ["AT", "FD", "FL", "OB", "OD", "OF", "OL", "OV", "OW", "SL", "SS", "SV", "UL", "UN", "US", "UV"]
CONTENTS = [
    b"", b" ", b"\0", b"\0\0", b"1", b"12", b" 1 ", b"1\\2", b"1\\\\2", b"\\", b"1.5", b"1.50 ", b"-7", b"+7 ",
    b"1e3", b"nan", b"inf", b"1_000", b"9007199254740993", b"99999999999999999999", b"0x10", b"abc", b"A\\B ",
    b"A \\ B", b" lead", b"trail \0", b"\tx\n", b"Doe^Jane", b"Doe^Jane=X^Y=Z", b"=X", b"A=B=C=D", b"A==",
    b"A\\=B", b"A\\", b"^^", b"\xc3\xa4", b"\xe4", b"\xff\xfe", b"20240229", b"101112.5", b"1.2.840 ", b"1.2\0",
    b"\\1.2", b"a/b?c", b"\x00\x00\xc0\x7f", b"\x00\x00\x80\xff", b"12345678", b"x" * 1024, b"x" * 1026,
    b"\x10\x00\x20\x00", b"\x10\x00\x20\x00\x08\x00\x18\x00", b"\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B",
]  # fmt: skip
CHARACTER_SETS = [
    b"", b"ISO_IR 100", b"ISO_IR 192", b"ISO_IR 144 ", b"\\ISO 2022 IR 87", b"ISO 2022 IR 6\\ISO 2022 IR 149",
    b"GB18030 ", b"ISO_IR 13", b"ISO-IR 100", b"nonsense", b"ISO_IR 192\\ISO 2022 IR 100",
]  # fmt: skip


def judge(data: bytes) -> None:
    assert same(header_of(read(data)), pydicom_says(data)) == []


@pytest.mark.parametrize("vr", [*TEXT_VRS, *BINARY_VRS])
def test_every_content_in_every_vr_decodes_as_pydicom_does(vr):
    for content in CONTENTS:
        judge(by_hand(explicit(0x00091001, vr, content)))
        judge(by_hand(explicit(0x00080005, "CS", b"ISO_IR 192"), explicit(0x00189999, vr, content)))


@pytest.mark.parametrize("character_set", CHARACTER_SETS)
def test_every_character_set_decodes_as_pydicom_does(character_set):
    for content in (
        *CONTENTS,
        "Ünïcödé".encode(),
        "Люкceмбypг".encode("iso8859_5"),
        "김희중".encode("euc_kr"),
    ):
        for vr in ("PN", "LO", "UT", "CS"):
            judge(by_hand(explicit(0x00080005, "CS", character_set), explicit(0x00189999, vr, content)))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.sampled_from(TEXT_VRS), st.text("0123456789.-+eE \\^=aÄ\0\t", max_size=24))
def test_any_text_decodes_as_pydicom_does(vr, text):
    judge(by_hand(explicit(0x00091001, vr, text.encode("latin-1"))))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.sampled_from(BINARY_VRS), st.binary(max_size=24))
def test_any_bytes_decode_as_pydicom_does(vr, content):
    judge(by_hand(explicit(0x00091001, vr, content)))


@pytest.mark.parametrize("representation", [None, b"", b"\0\0", b"\1\0"])
@pytest.mark.parametrize(
    "tag",
    [
        0x00280106,
        0x00281101,
        0x00283002,
        0x00283006,
        0x00281201,
        0x60003000,
        0x54001010,
        0x00409216,
        0x50003000,
    ],
)
def test_vrs_that_depend_on_other_elements_are_as_pydicom_finds_them(tag, representation):
    elements = {tag: b"\xff\xff\x00\x00\x10\x00"}
    if representation is not None:
        elements[0x00280103] = representation
    judge(by_hand_implicit(*(implicit(tag, elements[tag]) for tag in sorted(elements))))
    judge(
        by_hand(
            *(explicit(tag, "UN" if tag != 0x00280103 else "US", elements[tag]) for tag in sorted(elements))
        )
    )


@pytest.mark.parametrize("vr", ["US", "SS"])
def test_lookup_table_descriptors_are_corrected_as_pydicom_does(vr):
    judge(by_hand(explicit(0x00281101, vr, b"\x00\xff\x00\x00\x10\x00")))


@pytest.mark.parametrize("creator", [b"GEMS_ACQU_01", b"SIEMENS CSA HEADER", b"NOBODY", b"", b"A\\B "])
@pytest.mark.parametrize("tag", [0x00191002, 0x0019100F, 0x00190002, 0x00191102, 0x00191008])
def test_private_vrs_are_those_of_pydicoms_private_dictionary(creator, tag):
    parts = {0x00190010: creator, tag: b"\x01\0\0\0"}
    judge(by_hand_implicit(*(implicit(one, parts[one]) for one in sorted(parts))))
    judge(by_hand(*(explicit(one, "LO" if one == 0x00190010 else "UN", parts[one]) for one in sorted(parts))))


@pytest.mark.parametrize("length", [0xFFFE, 0xFFFF])
def test_known_elements_written_as_un_get_their_vr_back_unless_long(length):
    judge(by_hand(explicit(0x00104000, "UN", b"x" * length)))


def test_numbers_that_json_cannot_write_become_text():
    header = header_of(read(by_hand(explicit(0x00189087, "FD", b"\0\0\0\0\0\0\xf8\x7f"))))

    assert header["00189087"] == {"vr": "FD", "Value": ["NaN"]}
