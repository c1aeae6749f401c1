"""Drawing of pictures that the tests know, and of the files that come with pydicom."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    EnhancedCTImageStorage,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    RTDoseStorage,
    SecondaryCaptureImageStorage,
)

from catalog.thumbnails.drawing import BLURRED_SIDE, LARGEST_SIDE, Drawn, Failure, Undrawable, draw
from catalog.thumbnails.policy import LOOKS_WRITTEN, Way
from tests.catalog.thumbnails.pictures import levels, opened, picture, ramp, stream_of, written


def drawn(ds: Dataset, at_least: Way = Way.SHOWN) -> Drawn:
    return draw(stream_of(ds), sop_instance_uid=ds.SOPInstanceUID, at_least=at_least)


def failure(ds: Dataset, **given) -> Failure:
    asked = {"sop_instance_uid": ds.SOPInstanceUID, "at_least": Way.SHOWN} | given
    with pytest.raises(Undrawable) as raised:
        draw(stream_of(ds), **asked)
    return raised.value.failure


def of_pydicom(name: str) -> Drawn:
    path = Path(str(get_testdata_file(name)))
    found = dcmread(path, stop_before_pixels=True, force=True)
    with path.open("rb") as stream:
        return draw(stream, sop_instance_uid=str(found.get("SOPInstanceUID", "")), at_least=Way.SHOWN)


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("CT_small.dcm", Way.SHOWN),
        ("MR_small_RLE.dcm", Way.SHOWN),
        ("MR_small_bigendian.dcm", Way.SHOWN),
        ("MR_small_implicit.dcm", Way.SHOWN),
        ("MR_small_jp2klossless.dcm", Way.SHOWN),
        ("693_J2KI.dcm", Way.SHOWN),
        ("liver_1frame.dcm", Way.SHOWN),
        ("rtdose.dcm", Way.SHOWN),
        ("image_dfl.dcm", Way.BLURRED),
        ("examples_palette.dcm", Way.BLURRED),
        ("examples_ybr_color.dcm", Way.BLURRED),
        ("SC_rgb_jpeg_dcmtk.dcm", Way.BLURRED),
        ("SC_rgb_rle_16bit_2frame.dcm", Way.BLURRED),
    ],
)
def test_pydicoms_files_are_drawn_in_every_coding_that_comes_with_us(name, way):
    found = of_pydicom(name)
    assert found.way is way
    assert max(opened(found.content).size) == LARGEST_SIDE
    assert levels(found.content).std() > 2


@pytest.mark.parametrize("name", ["JPEG-lossy.dcm", "MR_small_jpeg_ls_lossless.dcm", "SC_rgb_jpeg_gdcm.dcm"])
def test_a_coding_without_a_decoder_is_named(name):
    syntax = dcmread(str(get_testdata_file(name)), stop_before_pixels=True).file_meta.TransferSyntaxUID
    if set(get_decoder(syntax).available_plugins) - {"pillow", "pydicom"}:
        pytest.skip("an optional decoder is installed")
    with pytest.raises(Undrawable) as raised:
        of_pydicom(name)
    assert raised.value.failure is Failure.NO_DECODER
    assert raised.value.about == syntax.name


@pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom warns of them, too
@pytest.mark.parametrize("name", ["MR_truncated.dcm", "SC_rgb_jpeg.dcm", "badVR.dcm"])
def test_damaged_pixels_are_a_failure_without_words_of_the_file(name):
    with pytest.raises(Undrawable) as raised:
        of_pydicom(name)
    assert raised.value.failure is Failure.DAMAGED
    assert raised.value.about == ""


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_the_way_a_header_is_written_makes_no_difference(syntax):
    ds = picture(ramp())
    plain = drawn(ds).content
    assert (
        draw(stream_of(ds, syntax), sop_instance_uid=ds.SOPInstanceUID, at_least=Way.SHOWN).content == plain
    )


def test_a_window_decides_what_is_black_and_white():
    found = levels(drawn(picture(ramp(), WindowCenter=500, WindowWidth=200)).content)
    assert found[:, :90].max() < 20
    assert found[:, 170:].min() > 235


def test_a_window_that_shows_nothing_gives_way_to_percentiles():
    found = levels(drawn(picture(ramp(), WindowCenter=-20000, WindowWidth=10)).content)
    assert found.max() - found.min() > 200


def test_the_rescaled_values_are_windowed():
    window = {"WindowCenter": -524, "WindowWidth": 200}
    found = levels(drawn(picture(ramp(), RescaleSlope=1, RescaleIntercept=-1024, **window)).content)
    assert found[:, :90].max() < 20
    assert found[:, 170:].min() > 235


def test_enhanced_classes_keep_their_window_per_frame():
    voi, group = Dataset(), Dataset()
    voi.WindowCenter, voi.WindowWidth = 500, 200
    group.FrameVOILUTSequence = [voi]
    frames = np.stack([ramp(), ramp(), ramp()])
    ds = picture(
        frames,
        SOPClassUID=EnhancedCTImageStorage,
        PerFrameFunctionalGroupsSequence=[Dataset(), group, Dataset()],
    )
    found = levels(drawn(ds).content)
    assert found[:, :90].max() < 20
    assert found[:, 170:].min() > 235


def test_monochrome1_is_inverted():
    bright = levels(drawn(picture(ramp(), PhotometricInterpretation="MONOCHROME1")).content)
    assert bright[:, :20].mean() > 200
    assert bright[:, -20:].mean() < 50


def test_the_middle_frame_is_drawn():
    dark, light = np.zeros((32, 32), np.uint16), ramp(32)
    found = levels(drawn(picture(np.stack([dark, dark, light, dark, dark]))).content)
    assert found.std() > 40


def test_text_in_the_bits_above_those_stored_is_not_drawn():
    hidden = np.where(written("DOE^JANE") > 400, 0x8000, 0).astype(np.uint16)
    without = drawn(picture(ramp(256), BitsStored=12, HighBit=11))
    assert drawn(picture(ramp(256) | hidden, BitsStored=12, HighBit=11)).content == without.content


def test_pixels_that_are_not_square_are_drawn_in_their_true_shape():
    assert opened(drawn(picture(ramp(), PixelSpacing=[2, 1])).content).size == (
        LARGEST_SIDE // 2,
        LARGEST_SIDE,
    )


@pytest.mark.parametrize(("side", "left"), [(1024, BLURRED_SIDE), (256, 25), (64, 12)])
def test_a_blurred_picture_holds_no_more_than_48_pixels_a_side_and_a_tenth_of_its_own(side, left):
    plain = picture(written("DOE^JANE 1962-03-04", side), BurnedInAnnotation="YES")
    image = opened(drawn(plain).content).convert("L")
    small = image.resize((left, left), Image.Resampling.LANCZOS)
    again = np.asarray(small.resize(image.size, Image.Resampling.BICUBIC)).astype(int)
    assert np.abs(again - np.asarray(image)).mean() < 3


@pytest.mark.parametrize("name", ["DOE^JANE", "Müller 12.03.1962"])
def test_a_picture_of_a_shown_class_with_writing_in_it_is_blurred_whatever_its_header_says(name):
    found = drawn(picture(written(name), BurnedInAnnotation="NO"))
    assert (found.way, found.reason) == (Way.BLURRED, LOOKS_WRITTEN)


def test_computed_pictures_are_not_searched_for_writing():
    assert drawn(picture(written("DOE^JANE"), SOPClassUID=RTDoseStorage, Modality="RTDOSE")).way is Way.SHOWN


def test_the_stricter_of_catalogue_and_file_decides():
    now_a_capture = picture(ramp(), SOPClassUID=SecondaryCaptureImageStorage)
    assert drawn(now_a_capture).way is Way.BLURRED
    assert failure(picture(ramp()), at_least=Way.BLOCKED) is Failure.BLOCKED
    assert failure(picture(ramp(), ConversionType="SD")) is Failure.BLOCKED


def test_another_object_in_the_files_place_is_not_drawn():
    assert failure(picture(ramp()), sop_instance_uid="1.2.3") is Failure.CHANGED


def test_what_would_fill_the_memory_is_refused_before_it_is_read():
    assert failure(picture(ramp(), Rows=65535, Columns=65535)) is Failure.TOO_LARGE


def test_an_object_whose_pixels_are_missing_has_none():
    ds = picture(ramp())
    stream = stream_of(ds)
    stream.truncate(stream.getvalue().index(b"\xe0\x7f\x10\x00"))
    stream.seek(0)
    with pytest.raises(Undrawable) as raised:
        draw(stream, sop_instance_uid=ds.SOPInstanceUID, at_least=Way.SHOWN)
    assert raised.value.failure is Failure.NO_PIXELS


def test_big_endian_files_without_file_meta_are_drawn():
    path = str(get_testdata_file("ExplVR_BigEnd.dcm"))
    assert dcmread(path, stop_before_pixels=True).file_meta.TransferSyntaxUID == ExplicitVRBigEndian
    assert of_pydicom("ExplVR_BigEnd.dcm").way is Way.BLURRED


def test_drawn_pictures_carry_nothing_of_the_file_but_pixels():
    content = drawn(picture(ramp(), PatientName="Doe^Jane", ICCProfile=b"Doe^Jane")).content
    assert b"Doe" not in content
    assert not {b"EXIF", b"ICCP", b"XMP "} & {content[i : i + 4] for i in range(len(content))}
