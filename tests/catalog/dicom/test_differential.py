"""No third outcome: what pydicom says, or a quarantine with pydicom's own reason."""

import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
)

from catalog.dicom import BytesSource, Cause, LayoutMemory, Preamble, RawObject, Unreadable, read_object
from catalog.dicom.layouts import EXTENT_MARGIN
from catalog.dicom.reader import FIRST_READ
from tests.catalog.dicom.building import (
    PACKAGE,
    by_hand,
    by_hand_implicit,
    explicit,
    header_of,
    implicit,
    package_files,
    rich_data_set,
    series,
    written,
)
from tests.catalog.dicom.pydicom_says import pydicom_says, same

SYNTAXES = [
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
]
# Causes that are decisions of ours about what pydicom does read.
DECISIONS = {Cause.DICOMDIR, Cause.EMPTY_FILE, Cause.UNSUPPORTED_TRANSFER_SYNTAX}


def outcome(data: bytes, memory: LayoutMemory | None = None) -> RawObject | Unreadable:
    try:
        return read_object(BytesSource(data), memory)
    except Unreadable as refusal:
        return refusal


def said_or_none(data: bytes, *, force: bool) -> dict | None:
    try:
        return pydicom_says(data, force=force)
    except Exception:
        return None


def judge(data: bytes) -> str:
    """Compare with pydicom; returns which of the two outcomes it was."""
    found = outcome(data)
    force = isinstance(found, RawObject) and found.preamble is Preamble.ABSENT
    said = said_or_none(data, force=force)
    if said is None:
        assert isinstance(found, Unreadable), "pydicom refuses"
        return "refused"
    if isinstance(found, Unreadable):
        # pydicom hands out values that are shorter than declared without a word; we do not.
        assert found.cause in DECISIONS or (found.cause is Cause.TRUNCATED and "declares" in found.detail)
        return "refused"
    header = json.loads(json.dumps(header_of(found)))
    before_pixels = {name: value for name, value in header.items() if name < "7FE00008" or name in said}
    assert same(before_pixels, said) == []
    return "read"


@pytest.mark.parametrize("path", package_files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_file_of_the_pydicom_package_reads_as_pydicom_says(path):
    judge(path.read_bytes())


def test_most_files_of_the_pydicom_package_are_read_and_without_pydicom():
    found = [outcome(path.read_bytes()) for path in package_files()]
    objects = [one for one in found if isinstance(one, RawObject)]

    assert len(objects) > 150
    assert sum(not one.shape.decoded for one in objects) > 0.9 * len(objects)


@pytest.mark.parametrize("syntax", [*SYNTAXES, JPEG2000Lossless, RLELossless])
def test_every_transfer_syntax_reads_as_pydicom_says(syntax):
    assert judge(written(rich_data_set(), syntax)) == "read"


@pytest.mark.parametrize("undefined", [False, True])
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_sequences_and_items_of_undefined_length_read_as_pydicom_says(syntax, undefined):
    ds = rich_data_set()
    for element in ds:
        if element.VR == "SQ":
            element.is_undefined_length = undefined
            for item in element.value:
                item.is_undefined_length_sequence_item = undefined

    assert judge(written(ds, syntax)) == "read"


INTERESTING = [
    b"\0", b"\xff\xff\xff\xff", b"\0\0\0\0", b"UN", b"SQ", b"OB", b"US", b"\xfe\xff\x00\xe0",
    b"\xfe\xff\x0d\xe0", b"\xfe\xff\xdd\xe0", b"\x08\x00\x05\x00", b"\\", b"=", b"\x1b$B", b" ",
]  # fmt: skip
SMALL = [
    *(written(rich_data_set(), syntax) for syntax in SYNTAXES),
    *(
        data
        for path in package_files()
        if path.suffix == ".dcm"
        and 200 < len(data := path.read_bytes()) < 12_000
        and data[128:132] == b"DICM"
    ),
]


def mutated(data: bytes, seed: int) -> bytes:
    """Some bytes overwritten, inserted, deleted, or the end cut off."""
    chance = random.Random(seed)
    made = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 6])):
        if len(made) < 150:
            break
        place = chance.randrange(128, min(len(made), 4000))
        match chance.randrange(5):
            case 0:
                made[place] = chance.randrange(256)
            case 1:
                piece = chance.choice(INTERESTING)
                made[place : place + len(piece)] = piece
            case 2:
                made[place:place] = chance.choice(INTERESTING)
            case 3:
                del made[place : place + chance.randrange(1, 12)]
            case _:
                made[place] ^= 1 << chance.randrange(8)
    if chance.random() < 0.1:
        del made[chance.randrange(132, max(133, len(made))) :]
    return bytes(made)


@settings(max_examples=600, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(SMALL), st.integers(0, 1 << 32))
def test_mutated_and_truncated_files_have_no_third_outcome(data, seed):
    judge(mutated(data, seed))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=300))
def test_arbitrary_bytes_after_the_prefix_have_no_third_outcome(data):
    judge(by_hand(data))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_not_dicom(data):
    judge(data)


def judge_with(memory: LayoutMemory, data: bytes) -> None:
    """Whatever the memory holds, the outcome is that of reading without one."""
    plain, remembered = outcome(data), outcome(data, memory)
    if isinstance(plain, Unreadable):
        assert isinstance(remembered, Unreadable)
        assert (plain.cause, plain.detail) == (remembered.cause, remembered.detail)
        return
    assert isinstance(remembered, RawObject)
    assert remembered.elements == plain.elements
    assert remembered.content_hash == plain.content_hash
    assert (remembered.pixel_data, remembered.trailing, remembered.leftover) == (
        plain.pixel_data,
        plain.trailing,
        plain.leftover,
    )
    assert header_of(remembered) == header_of(plain)


def one_image_series(count: int, syntax: str) -> list[bytes]:
    """Without pixel data every other one: then the last element ends the file."""
    made = []
    for number in range(count):
        ds = rich_data_set(number)
        ds.SeriesInstanceUID = f"1.2.3.{number}"
        ds.PatientID = f"P{number % 5}"
        ds.TextValue = "x" * (number * 1500)
        if number % 2:
            ds.PixelData = bytes(32)
        made.append(written(ds, syntax))
    return made


@pytest.mark.parametrize("make", [series, one_image_series])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_reading_with_a_memory_changes_nothing_however_the_files_are_mutated(make, syntax):
    originals = make(12, syntax)
    memory = LayoutMemory()
    chance = random.Random(7)
    for round_ in range(400):
        data = chance.choice(originals)
        judge_with(memory, mutated(data, round_) if round_ % 3 else data)


LAST_ELEMENTS = [(0x40004000, "LT"), (0x00420012, "LO"), (0x00720068, "LT")]


@pytest.mark.parametrize("last", LAST_ELEMENTS)
@pytest.mark.parametrize("is_varying", [True, False])
def test_a_value_that_ends_the_file_is_read_whole_wherever_the_first_read_ends(last, is_varying):
    tag, vr = last
    for size in [FIRST_READ + EXTENT_MARGIN + more for more in (*range(-700, 0, 83), *range(0, 60, 2))]:
        memory = LayoutMemory()
        for number in range(4):
            start = by_hand(
                explicit(0x00080060, "CS", b"SR"), explicit(0x0020000E, "UI", b"1.2.%d\0" % number)
            )
            whole = 200 if number < 2 and is_varying else size
            judge_with(memory, start + explicit(tag, vr, b"x" * (whole - len(start))))


def test_a_file_that_is_longer_than_those_before_it_is_read_whole():
    memory = LayoutMemory()
    for number, size in enumerate([20, 20_000, 40_000, 60_000]):
        judge_with(
            memory,
            by_hand(
                explicit(0x00080060, "CS", b"SR"),
                explicit(0x0020000E, "UI", b"1.2.%d\0" % number),
                explicit(0x40004000, "LT", b"x" * size),
            ),
        )


def test_what_is_a_sequence_in_one_object_may_be_none_in_the_next():
    """In implicit VR neither the file nor a dictionary says what a private element is; an undefined length does."""
    value = implicit(0x00080060, b"SR")
    item = b"\xfe\xff\x00\xe0" + len(value).to_bytes(4, "little") + value
    values = [
        implicit(0x00291010, item + b"\xfe\xff\xdd\xe0" + bytes(4), 0xFFFFFFFF),
        implicit(0x00291010, b""),
        implicit(0x00291010, item),
    ]
    memory = LayoutMemory()
    for number in range(12):
        judge_with(
            memory,
            by_hand_implicit(
                implicit(0x0020000E, b"1.2.%03d" % number),
                implicit(0x00290010, b"NOBODY"),
                values[number * 7 % 3],
                implicit(0x40004000, b"end "),
            ),
        )
