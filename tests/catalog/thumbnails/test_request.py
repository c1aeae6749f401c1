"""What a page gets for an instance, from the first request to the drawn picture; nothing sharp for blocked classes."""

import json

import numpy as np
import pytest
from celery.signals import before_task_publish
from django.core.cache import cache as shared_cache
from pydicom import uid

from catalog.models import Instance
from catalog.tasks import render_thumbnail
from catalog.thumbnails import cache
from catalog.thumbnails.policy import REVEALED, Symbol, Way
from catalog.thumbnails.request import RENDER_TASK, State, Thumbnail, request_thumbnail
from catalog.thumbnails.symbols import svg_of
from tests.catalog.thumbnails.pictures import levels, opened, picture, ramp, save, written
from tests.factories import make_header, make_instance, make_series, make_source, make_study


@pytest.fixture
def stored(radiology, tmp_path):
    """Store a picture and its instance; attributes change both the file and what the catalogue knows."""

    def store(pixels=None, **attributes) -> Instance:
        ds = picture(ramp() if pixels is None else pixels, **attributes)
        source = make_source(radiology, location=str(tmp_path / ds.SOPInstanceUID))
        (tmp_path / ds.SOPInstanceUID).mkdir()
        save(ds, tmp_path / ds.SOPInstanceUID / "one.dcm")
        series = make_series(make_study(radiology))
        content = {key: value for key, value in json.loads(ds.to_json()).items() if key != "7FE00010"}
        header = make_header(series, content=content, varying=[])
        return make_instance(
            series,
            source=source,
            header=header,
            varying=[],
            locator="one.dcm",
            sop_instance_uid=ds.SOPInstanceUID,
            content_hash=uid.generate_uid()[-16:].encode(),
        )

    return store


@pytest.fixture
def asked():
    """The ids for which a thumbnail was ordered from the workers."""
    ids = []

    def note(sender, body, **_):
        if sender == RENDER_TASK:
            ids.append(body[1]["instance_id"])

    before_task_publish.connect(note)
    yield ids
    before_task_publish.disconnect(note)


def drawn(instance: Instance) -> Thumbnail:
    render_thumbnail(instance_id=instance.pk)
    return request_thumbnail(instance)


def test_a_thumbnail_is_ordered_once_and_there_when_it_is_drawn(stored, asked):
    instance = stored()
    first, second = request_thumbnail(instance), request_thumbnail(instance)
    assert first.state is second.state is State.PENDING
    assert asked == [instance.pk]
    ready = drawn(instance)
    assert (ready.state, ready.way, ready.media_type) == (State.READY, Way.SHOWN, "image/webp")
    assert max(opened(ready.content).size) == 256


def test_a_blurred_class_is_never_sent_sharp(stored):
    stripes = np.tile(np.array([0, 4000], np.uint16), (128, 64))
    ready = drawn(stored(stripes, SOPClassUID=uid.UltrasoundImageStorage, Modality="US"))
    assert ready.way is Way.BLURRED
    assert "whatever (0028,0301) says" in ready.reason
    assert np.ptp(levels(ready.content)) < 40


def revealed(instance: Instance) -> Thumbnail:
    render_thumbnail(instance_id=instance.pk, is_revealed=True)
    return request_thumbnail(instance, is_revealed=True)


def test_a_lens_shows_a_blurred_class_sharp_and_leaves_the_others_blurred(stored):
    stripes = np.tile(np.array([0, 4000], np.uint16), (128, 64))
    instance = stored(stripes, SOPClassUID=uid.UltrasoundImageStorage, Modality="US")
    sharp = revealed(instance)
    assert (sharp.way, sharp.reason) == (Way.SHOWN, REVEALED)
    assert np.ptp(levels(sharp.content)) > 200
    assert drawn(instance).way is Way.BLURRED
    assert np.ptp(levels(drawn(instance).content)) < 40


def test_a_lens_shows_writing_that_nobody_declared(stored):
    instance = stored(written("DOE^JANE"))
    assert drawn(instance).way is Way.BLURRED
    assert revealed(instance).way is Way.SHOWN


def test_a_blocked_class_is_not_drawn_for_a_lens_either(stored, asked):
    instance = stored(Modality="DOC")
    assert revealed(instance).content == svg_of(Symbol.BLOCKED)
    assert asked == []
    assert cache.stored(instance, is_revealed=True) is None


@pytest.mark.parametrize(
    "attributes",
    [
        {"ConversionType": "SD", "SOPClassUID": uid.SecondaryCaptureImageStorage},
        {"Modality": "DOC"},
        {"SOPClassUID": uid.SecondaryCaptureImageStorage, "SeriesDescription": "Dose Report"},
    ],
)
def test_a_blocked_class_is_never_drawn_whoever_asks(stored, asked, attributes):
    instance = stored(**attributes)
    shown = drawn(instance)
    assert (shown.state, shown.way, shown.symbol) == (State.PLACEHOLDER, Way.BLOCKED, Symbol.BLOCKED)
    assert shown.content == svg_of(Symbol.BLOCKED)
    assert asked == []
    assert cache.stored(instance) is None


def test_a_file_that_became_a_capture_since_the_crawl_is_blurred(stored, tmp_path):
    instance = stored()
    now = picture(ramp(), SOPInstanceUID=instance.sop_instance_uid, BurnedInAnnotation="YES")
    save(now, tmp_path / instance.sop_instance_uid / "one.dcm")
    assert drawn(instance).way is Way.BLURRED


def test_an_object_without_a_picture_has_a_typed_symbol(stored, asked):
    instance = stored()
    plan = {"00080016": {"vr": "UI", "Value": [str(uid.RTPlanStorage)]}}
    type(instance.header).objects.filter(pk=instance.header_id).update(content=plan)
    shown = request_thumbnail(Instance.objects.get(pk=instance.pk))
    assert (shown.state, shown.symbol, shown.media_type) == (State.PLACEHOLDER, Symbol.PLAN, "image/svg+xml")
    assert asked == []


def test_what_cannot_be_decoded_says_which_decoder_is_missing(stored, tmp_path):
    instance = stored()
    path = tmp_path / instance.sop_instance_uid / "one.dcm"
    unknown = b"1.2.840.10008.1.2.7.9"[: len(b"1.2.840.10008.1.2.1")]
    path.write_bytes(path.read_bytes().replace(b"1.2.840.10008.1.2.1\0", unknown + b"\0", 1))
    shown = drawn(instance)
    assert (shown.state, shown.symbol) == (State.PLACEHOLDER, Symbol.UNDECODABLE)


def test_a_vanished_file_has_a_symbol_and_is_not_looked_for(stored, asked):
    instance = stored()
    instance.vanished_at = instance.first_seen_at
    instance.save()
    assert drawn(instance).symbol is Symbol.GONE
    assert asked == []


def test_a_file_that_is_away_says_so(stored, tmp_path):
    instance = stored()
    (tmp_path / instance.sop_instance_uid / "one.dcm").unlink()
    shown = drawn(instance)
    assert (shown.symbol, shown.reason) == (Symbol.GONE, "The file cannot be read now.")


def test_slices_of_a_head_carry_their_flag(stored):
    assert drawn(stored(BodyPartExamined="HEAD")).may_show_face


def test_the_cache_holds_neither_pictures_nor_uids_that_can_be_read(stored):
    instance = stored()
    drawn(instance)
    sealed = shared_cache.get(cache.name_of(instance))
    assert b"WEBP" not in sealed
    assert instance.sop_instance_uid not in cache.name_of(instance)


def test_another_secret_key_opens_no_picture(stored, settings):
    instance = stored()
    drawn(instance)
    settings.SECRET_KEY = "another secret key"
    assert cache.stored(instance) is None


def test_the_picture_of_one_instance_cannot_be_passed_off_as_anothers(stored):
    one, other = stored(), stored()
    drawn(one)
    shared_cache.set(cache.name_of(other), shared_cache.get(cache.name_of(one)), 60)
    assert cache.stored(other) is None


def test_a_changed_object_is_drawn_anew(stored):
    instance = stored()
    drawn(instance)
    instance.content_hash = b"another content."
    assert request_thumbnail(instance).state is State.PENDING


def test_a_removed_instance_is_no_error_for_the_worker(db):
    render_thumbnail(instance_id=0)


@pytest.mark.parametrize("symbol", Symbol)
def test_every_symbol_is_a_drawing_without_text_or_script(symbol):
    svg = svg_of(symbol).decode()
    assert svg.startswith("<svg ")
    assert "script" not in svg
    assert "<text" not in svg


def test_the_middle_instance_represents_a_series_and_a_page_costs_one_query(
    radiology, django_assert_num_queries
):
    source, study = make_source(radiology), make_study(radiology)
    numbers: dict[str, list[int | None]] = {
        "odd": [1, 2, 3, 4, 5],
        "gaps": [10, 40, 90],
        "none": [None, None],
        "one": [7],
    }
    series = {name: make_series(study) for name in numbers}
    for name, those in numbers.items():
        header = make_header(series[name])
        for number in those:
            make_instance(series[name], source=source, header=header, instance_number=number)
    make_series(study)
    with django_assert_num_queries(1):
        found = {
            found.series_id: found.instance_number
            for found in Instance.objects.representing([one.pk for one in series.values()])
        }
    assert found == {series["odd"].pk: 3, series["gaps"].pk: 90, series["none"].pk: None, series["one"].pk: 7}


def test_a_vanished_instance_represents_nothing(radiology):
    series = make_series(make_study(radiology))
    gone = make_instance(series, source=make_source(radiology))
    Instance.objects.filter(pk=gone.pk).update(vanished_at=gone.first_seen_at)
    assert not Instance.objects.representing([series.pk]).exists()
