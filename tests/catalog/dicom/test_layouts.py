"""Layouts: found again for a series, bounded, and never in the way of the truth."""

import random
from typing import Any

import pytest

from catalog.dicom import BytesSource, LayoutMemory, RawObject, Unreadable, read_object
from catalog.dicom.elements import MEDIA_STORAGE_DIRECTORY
from catalog.dicom.layouts import LONGEST_HEADER, MOST_BEGUN, MOST_MISSES
from tests.catalog.dicom.building import (
    by_hand,
    by_hand_implicit,
    dicom_file,
    explicit,
    header_of,
    implicit,
    read,
    series,
)
from tests.catalog.dicom.test_differential import outcome

MEDIA_STORAGE_CLASS, OTHER_CLASS = b"1.2.840.10008.5.1.4.1.1.2\0", b"1.2.840.10008.5.1.4.1.1.4\0"


def remembered(files: list[bytes], memory: LayoutMemory | None = None):
    memory = LayoutMemory() if memory is None else memory
    return [read_object(BytesSource(data), memory) for data in files]


def test_elements_that_come_and_go_are_told_for_each_object():
    chance = random.Random(3)
    keywords = ["ImageComments", "SeriesDescription", "BodyPartExamined", "KVP", "PatientWeight", "StudyID"]
    files = [
        dicom_file(SOPInstanceUID=f"1.2.{n}", **{word: "1" for word in keywords if chance.random() < 0.5})
        for n in range(60)
    ]

    found = remembered(files)

    assert [header_of(one) for one in found] == [header_of(read(data)) for data in files]


def test_only_what_varies_is_parsed_once_a_series_is_known():
    found = remembered(series(20))

    assert len(found[-1].values) < len(found[-1].elements) / 2


def test_many_interleaved_series_keep_their_layouts():
    files = [
        dicom_file(SeriesInstanceUID=f"1.2.{n % 40}", SOPInstanceUID=f"1.2.{n % 40}.{n}") for n in range(400)
    ]

    found = remembered(files)

    assert len({one.shape for one in found[80:]}) == 40


def one_image_series(count: int, root: str = "1.2", **elements: Any) -> list[bytes]:
    return [
        dicom_file(
            SeriesInstanceUID=f"{root}.{n}", SOPInstanceUID=f"{root}.{n}.1", PatientID=f"P{n % 7}", **elements
        )
        for n in range(count)
    ]


def test_objects_that_are_alone_in_their_series_share_the_layout_of_their_device():
    here = one_image_series(30, "1.2", ManufacturerModelName="Definium")
    there = one_image_series(30, "1.3", ManufacturerModelName="Ysio Max", KVP="70")

    found = remembered([data for pair in zip(here, there, strict=True) for data in pair])

    assert len({one.shape for one in found[6:]}) == 2
    assert all(len(one.values) < len(one.elements) / 2 for one in found[6:])


def test_a_series_of_several_objects_has_a_layout_of_its_own():
    of_many, of_one = series(20), one_image_series(20)

    found = remembered([*of_one, *of_many])

    assert len({one.shape for one in found[20:]} & {one.shape for one in found[:20]}) <= 1
    assert len({one.shape for one in found[23:]}) <= 3


def test_series_that_have_begun_are_forgotten_in_time():
    memory = LayoutMemory()

    remembered(one_image_series(MOST_BEGUN + 10), memory)

    assert len(memory._begun) <= MOST_BEGUN


def test_the_memory_holds_no_more_layouts_than_it_may():
    memory = LayoutMemory(most=3)
    files = [dicom_file(SeriesInstanceUID=f"1.2.{n}") for n in range(10)]

    remembered(files + files, memory)

    assert [memory.recall(data).layout is not None for data in files] == [False] * 7 + [True] * 3


def test_long_headers_are_not_remembered():
    memory = LayoutMemory()
    data = by_hand(
        explicit(0x00091010, "OB", bytes(LONGEST_HEADER)), explicit(0x0020000E, "UI", b"1.2.3.4\0")
    )

    remembered([data, data], memory)

    assert memory.recall(data).layout is None


def test_a_layout_that_keeps_failing_is_begun_anew():
    memory = LayoutMemory()
    first, others = dicom_file(), [dicom_file(SpecificCharacterSet="ISO_IR 100")] * (MOST_MISSES + 3)
    remembered([first, first, *others], memory)

    found = remembered(others, memory)

    assert found[-1].shape is found[-2].shape


def test_the_layout_of_a_device_that_keeps_failing_is_begun_anew():
    """The media storage class, which no slot holds, contradicts the one that the key is made of."""
    memory = LayoutMemory()
    first, *others = (
        data if not number else data.replace(MEDIA_STORAGE_CLASS, OTHER_CLASS, 1)
        for number, data in enumerate(one_image_series(MOST_MISSES + 8))
    )

    found = remembered([first, *others], memory)

    assert len({one.shape for one in found}) > MOST_MISSES
    assert found[-1].shape is found[-2].shape


def test_another_storage_class_or_character_set_is_not_taken_for_the_same():
    plain, latin, other_class = (
        dicom_file(),
        dicom_file(SpecificCharacterSet="ISO_IR 100"),
        dicom_file().replace(MEDIA_STORAGE_CLASS, OTHER_CLASS, 1),
    )
    files = [plain, plain, latin, plain, other_class, plain, latin]

    found = remembered(files)

    assert [one.character_set for one in found] == [read(data).character_set for data in files]
    assert [header_of(one)["00020002"] for one in found] == [
        header_of(read(data))["00020002"] for data in files
    ]


def test_a_media_directory_is_told_among_objects_of_the_same_layout():
    memory = LayoutMemory()
    files = one_image_series(6)
    remembered(files, memory)
    directory = files[0].replace(
        explicit(0x00020002, "UI", MEDIA_STORAGE_CLASS), explicit(0x00020002, "UI", MEDIA_STORAGE_DIRECTORY)
    )

    assert isinstance(outcome(directory), Unreadable)
    assert isinstance(outcome(directory, memory), Unreadable)


def test_a_misleading_key_does_no_harm():
    # The first SeriesInstanceUID in these bytes stands within a value, so that both seem one series.
    decoy = explicit(0x00091001, "OB", explicit(0x0020000E, "UI", b"1.2.3.4\0"))
    files = [
        by_hand(decoy, explicit(0x00100020, "LO", name), explicit(0x0020000E, "UI", uid))
        for name, uid in [(b"P1", b"1.2.1\0"), (b"P2 x", b"1.2.2\0"), (b"P1", b"1.2.1\0")] * 3
    ]

    assert [header_of(one) for one in remembered(files)] == [header_of(read(data)) for data in files]


@pytest.mark.parametrize("length", [0x4141, 0x5A5A])
def test_implicit_elements_that_look_explicit_are_left_to_the_walk(length):
    long = implicit(0x00091001, b"x" * length)
    files = [
        by_hand_implicit(
            *([implicit(0x00080008, b"AB")] if n % 2 else []), long, implicit(0x0020000E, b"1.2 ")
        )
        for n in range(6)
    ]

    memory = LayoutMemory()
    for data in files:
        plain, found = outcome(data), outcome(data, memory)
        if isinstance(plain, Unreadable):
            assert str(found) == str(plain)
        else:
            assert isinstance(found, RawObject)
            assert header_of(found) == header_of(plain)
