"""Splitting: what a series shares is kept once, and nothing is lost."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from catalog.dicom import (
    BytesSource,
    LayoutMemory,
    decode_header,
    decode_varying,
    read_object,
    reassemble,
    split,
)
from catalog.dicom.tags import ALWAYS_VARYING, name_of
from tests.catalog.dicom.building import (
    by_hand,
    by_hand_implicit,
    data_set,
    dicom_file,
    explicit,
    header_of,
    implicit,
    items,
    read,
    rich_data_set,
    series,
    written,
)

SYNTAXES = [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian]


def read_all(files: list[bytes], *, remember: bool = True):
    memory = LayoutMemory() if remember else None
    return [read_object(BytesSource(data), memory) for data in files]


def headers_of(objects) -> dict[int, dict]:
    """The whole header of each object, put together from its split."""
    found = {}
    for one in split(objects):
        shared = decode_header(one)
        for number in one.members:
            found[number] = reassemble(shared, one.varying, decode_varying(one, objects[number]))
    return found


@pytest.mark.parametrize("remember", [True, False])
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_shared_and_varying_together_are_each_objects_header(syntax, remember):
    objects = read_all(series(25, syntax), remember=remember)

    together = headers_of(objects)

    assert [together[number] for number in range(25)] == [header_of(one) for one in objects]


def test_only_what_differs_varies():
    (one,) = split(read_all(series(25)))

    differing = {
        "00080018", "00020003", "00200013", "00200032", "00201041", "00080033", "00181151", "00189087",
        "00191002", "00020000",
    }  # fmt: skip
    always = {name_of(tag) for tag in ALWAYS_VARYING}
    assert {name for name, _ in one.varying} - always == differing - always
    assert [name for name, _ in one.varying] == sorted(name for name, _ in one.varying)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.randoms(use_true_random=False))
def test_the_split_does_not_depend_on_the_order_of_the_objects(chance):
    files = series(12)
    expected = split(read_all(files))[0]
    chance.shuffle(files)

    (one,) = split(read_all(files))

    assert one.header_hash == expected.header_hash
    assert one.varying == expected.varying
    assert decode_header(one) == decode_header(expected)


def plain_series(count: int) -> list[bytes]:
    """A series in which only what always varies does."""
    return [
        dicom_file(SOPInstanceUID=f"1.2.3.{number}", InstanceNumber=number, ContentTime=f"10{number:02d}00")
        for number in range(count)
    ]


@pytest.mark.parametrize("size", [1, 2, 5, 30])
def test_chunks_of_one_series_find_the_same_header(size):
    files = plain_series(30)
    chunks = [files[start : start + size] for start in range(0, 30, size)]

    hashes = {one.header_hash for chunk in chunks for one in split(read_all(chunk))}

    assert len(hashes) == 1


def test_headers_with_other_columns_are_other_headers():
    plain, commented = plain_series(4), plain_series(4)
    commented[1] = dicom_file(
        SOPInstanceUID="1.2.3.1", InstanceNumber=1, ContentTime="100100", ImageComments="x"
    )
    (one,), (other,) = split(read_all(plain)), split(read_all(commented))

    assert one.shared == other.shared
    assert one.varying != other.varying
    assert one.header_hash != other.header_hash


def test_interleaved_series_are_told_apart():
    files = [
        dicom_file(SeriesInstanceUID=f"1.2.{n % 3}", SOPInstanceUID=f"1.2.{n % 3}.{n}") for n in range(30)
    ]

    splits = split(read_all(files))

    assert [len(one.members) for one in splits] == [10, 10, 10]
    assert splits[0].members == tuple(range(0, 30, 3))


@pytest.mark.parametrize(
    "changed",
    [
        {"PatientID": "P2"},
        {"IssuerOfPatientID": "Other"},
        {"StudyInstanceUID": "1.2.9"},
        {"SeriesInstanceUID": "1.2.9"},
        {"SpecificCharacterSet": "ISO_IR 100"},
    ],
)
def test_what_names_a_series_separates(changed):
    assert len(split(read_all([dicom_file(), dicom_file(**changed)]))) == 2


def test_transfer_syntaxes_separate():
    files = [dicom_file(ExplicitVRLittleEndian), dicom_file(ImplicitVRLittleEndian)]

    splits = split(read_all(files))

    assert len({one.header_hash for one in splits}) == 2


def test_an_element_that_some_objects_lack_is_none_for_them():
    files = [dicom_file(**({"SeriesDescription": "a"} if number % 2 else {})) for number in range(6)]
    objects = read_all(files)

    (one,) = split(objects)
    column = [name for name, _ in one.varying].index("0008103E")

    assert [decode_varying(one, found)[column] for found in objects] == [None, "a"] * 3


def test_the_compact_forms_are_told_apart():
    objects = read_all(
        [
            dicom_file(SOPInstanceUID="1", ImageComments="one", ImageType=["A", "B"], PatientComments=""),
            dicom_file(SOPInstanceUID="2", ImageComments="two", ImageType=["A"], PatientComments="x" * 2000),
        ]
    )
    (one,) = split(objects)
    first, second = (
        dict(zip([name for name, _ in one.varying], decode_varying(one, found), strict=True))
        for found in objects
    )

    assert (first["00204000"], second["00204000"]) == ("one", "two")
    assert (first["00080008"], second["00080008"]) == (["A", "B"], "A")
    assert first["00104000"] == []
    assert second["00104000"]["Bulk"]["length"] == 2000


def test_what_depends_on_a_varying_element_varies_too():
    # The same two bytes are -1 or 65535 by the pixel representation, and private VRs follow their creator.
    def made(representation: int, creator: bytes) -> bytes:
        return by_hand_implicit(
            implicit(0x00100020, b"P1"),
            implicit(0x00190010, creator),
            implicit(0x00191002, struct_sl(7)),
            implicit(0x00280103, bytes([representation, 0])),
            implicit(0x00280120, b"\xff\xff"),
        )

    objects = read_all([made(0, b"GEMS_ACQU_01"), made(1, b"NOBODY")])

    headers = headers_of(objects)

    assert [headers[number]["00280120"] for number in (0, 1)] == [
        {"vr": "US", "Value": [65535]},
        {"vr": "SS", "Value": [-1]},
    ]
    assert headers[0]["00191002"]["vr"] != headers[1]["00191002"]["vr"]
    assert headers == {number: header_of(one) for number, one in enumerate(objects)}


def struct_sl(number: int) -> bytes:
    return number.to_bytes(4, "little")


def test_one_tag_with_two_vrs_keeps_both():
    objects = read_all(
        [
            by_hand(explicit(0x00100020, "LO", b"P1"), explicit(0x00280106, "US", b"\x01\x00")),
            by_hand(explicit(0x00100020, "LO", b"P1"), explicit(0x00280106, "SS", b"\xff\xff")),
        ]
    )

    headers = headers_of(objects)

    assert headers[0]["00280106"] == {"vr": "US", "Value": [1]}
    assert headers[1]["00280106"] == {"vr": "SS", "Value": [-1]}


def test_a_bad_element_keeps_its_place_and_loses_no_other():
    header = header_of(
        read(by_hand(explicit(0x00100020, "LO", b"P1"), explicit(0x00280010, "US", b"abc\0\0")))
    )

    assert header["00280010"] == {"vr": "US", "Error": "BytesLengthException"}
    assert header["00100020"] == {"vr": "LO", "Value": ["P1"]}


def test_an_error_quotes_no_value():
    header = header_of(
        read(by_hand(explicit(0x00180050, "DS", b"Doe^Jane"), explicit(0x00280010, "US", b"Doe")))
    )

    assert "Doe" not in json.dumps(header["00280010"])


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(0, 1 << 32))
def test_any_mixture_of_objects_is_put_together_again(seed):
    chance = random.Random(seed)
    files = []
    for number in range(10):
        ds = rich_data_set(number)
        for element in list(ds):
            if element.tag not in (0x00080005, 0x0020000E, 0x00280103) and chance.random() < 0.05:
                del ds[element.tag]
        ds.ImageComments = chance.choice(["a", "b", ""])
        ds.PatientID = chance.choice(["P1", "P1", "P2"])
        files.append(written(ds, chance.choice(SYNTAXES)))
    objects = read_all(files, remember=chance.random() < 0.7)

    together = headers_of(objects)

    assert [together[number] for number in range(10)] == [header_of(read(data)) for data in files]


def one_of_a_kind(number: int, chance: random.Random) -> bytes:
    """The only image of its series, from one of two devices that write much alike, but not all."""
    ds = rich_data_set(number)
    ds.SeriesInstanceUID = f"1.2.3.{number}"
    ds.ManufacturerModelName = chance.choice(["Definium", "Ysio Max"])
    ds.PatientID = f"P{number}"
    ds.PixelRepresentation = chance.choice([0, 0, 1])
    ds.SmallestImagePixelValue = 5
    ds.WindowCenter = chance.choice(["40", "0040"])
    ds.RequestAttributesSequence[0].ScheduledProcedureStepID = str(number)
    ds["RequestAttributesSequence"].is_undefined_length = chance.random() < 0.3
    for element in list(ds):
        if element.tag not in (0x0020000E, 0x00280103) and chance.random() < 0.003:
            del ds[element.tag]
    if chance.random() < 0.2:
        ds.private_block(0x0019, "GEMS_ACQU_01", create=True)
        ds[0x0019, 0x0010].value = chance.choice(["NOBODY'S OWN", "GEMS_PARM_01"])
    if chance.random() < 0.2:
        # Always varies, and may be of any size: group length, a signature, a value that is kept as a hash.
        ds.add_new(0x00180000, "UL", number)
        ds.DigitalSignaturesSequence = items({"MACIDNumber": number})
        ds.WindowWidth = ["1"] * 600
    data = written(ds, chance.choice(SYNTAXES[:2]))
    # A number that pydicom refuses, now and then.
    return data.replace(b"0040", b"4x40") if chance.random() < 0.3 else data


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 1 << 32))
def test_an_object_alone_in_its_series_is_split_as_if_it_were_the_only_one(seed):
    chance = random.Random(seed)
    files = [one_of_a_kind(number, chance) for number in range(24)]
    objects = read_all(files)

    for number, one in enumerate(split(objects)):
        (expected,) = split(read_all(files[number : number + 1], remember=False))
        assert one.members == (number,)
        assert one.header_hash == expected.header_hash
        assert one.varying == expected.varying
        assert list(one.shared.items()) == list(expected.shared.items())
        assert decode_header(one) == decode_header(expected)
        assert decode_varying(one, objects[number]) == decode_varying(expected, read(files[number]))


def test_moulds_are_really_used():
    """Else the tests around this one would look at nothing."""
    objects = read_all([dicom_file(SeriesInstanceUID=f"1.2.{number}") for number in range(10)])

    plans = {id(one.plans) for one in split(objects)}

    assert len(plans) < 5


def test_what_varies_may_depend_on_an_element_that_only_others_of_the_device_have_otherwise():
    """Within a signature, the sign of a pixel value follows the object's own Pixel Representation."""
    value = implicit(0x00280106, b"\xff\xff")
    signature = implicit(0xFFFAFFFA, b"\xfe\xff\x00\xe0" + len(value).to_bytes(4, "little") + value)
    files = [
        by_hand_implicit(
            implicit(0x0020000E, f"1.2.{number:3}".encode()),
            implicit(0x00280103, bytes([number % 2, 0])),
            signature,
        )
        for number in range(100, 108)
    ]
    objects = read_all(files)

    together = headers_of(objects)

    assert [together[number] for number in range(8)] == [header_of(read(data)) for data in files]
    assert together[6]["FFFAFFFA"] != together[7]["FFFAFFFA"]


def test_nothing_is_split_from_nothing():
    assert split([]) == []


def test_decoded_headers_are_plain_json():
    for one in split(read_all([written(data_set())])):
        assert json.loads(json.dumps(decode_header(one))) == decode_header(one)
