"""The answer key tells the truth: what it says is in a file is in that file, and nothing that identifies is missing."""

import re
import zipfile
import zlib

import numpy as np
import pytest

from catalog.synthesis import carriers
from catalog.synthesis.answer_key import walk
from catalog.synthesis.burn import letters
from catalog.synthesis.faults import Faults
from catalog.synthesis.paths import find, text
from catalog.synthesis.plan import visits
from catalog.synthesis.roles import Roles
from catalog.synthesis.tables import table

IN_BYTES = (
    "preamble",
    "file_meta",
    "trailing_bytes",
    "pixel_tail",
    "jpeg_comment",
    "icc_profile",
    "no_preamble",
)


def plants(archive, *carriers_wanted):
    return [plant for plant in archive.key["plants"] if plant["carrier"] in carriers_wanted]


def test_every_planted_element_is_where_the_key_says(archive):
    found = plants(archive, "element", "private", "sr_text", "graphic_text")
    assert len(found) > 1000
    for plant in found:
        element = find(archive.objects[plant["file"]], plant["path"])
        element = element or find(archive.read(plant["file"]), plant["path"])
        assert element is not None, plant
        if plant["case"] == 28:
            continue
        assert plant["token"] in text(element), plant


def test_every_planted_byte_is_in_its_file(archive):
    found = plants(archive, *IN_BYTES)
    assert {plant["carrier"] for plant in found} >= {"preamble", "file_meta"}
    for plant in found:
        assert plant["token"].encode("latin-1") in archive.bytes(plant["file"]), plant


def test_a_letter_names_its_patient_only_after_unpacking(archive):
    for plant in plants(archive, "pdf_stream"):
        document = archive.objects[plant["file"]].EncapsulatedDocument
        pages = re.findall(rb"stream\n(.*?)\nendstream", document, re.DOTALL)
        assert plant["token"].encode() not in document
        assert plant["token"].encode() in zlib.decompress(pages[0])


@pytest.mark.filterwarnings("ignore:The pixel data is:UserWarning")
def test_burned_in_text_is_readable_in_the_pixels(archive):
    found = [plant for plant in plants(archive, "pixels") if plant["case"] != 101]
    assert found
    for plant in found:
        left, top, right, bottom = plant["where"]["bbox"]
        frame = plant["where"]["frame"]
        dataset = archive.read(plant["file"])
        pixels = dataset.pixel_array
        if dataset.get("NumberOfFrames", 1) > 1:
            pixels = pixels[frame if isinstance(frame, int) else 0]
        area = pixels[top:bottom, left:right]
        turned = plant["case"] == 98
        mask = np.rot90(letters(plant["value"]), turned)[: area.shape[0], : area.shape[1]]
        inked = area[mask] & 0x8000 if plant["case"] == 100 else area[mask]
        assert len(np.unique(inked)) == 1, plant


def test_the_overlay_spells_the_name(archive):
    for plant in plants(archive, "overlay"):
        dataset = archive.read(plant["file"])
        if not dataset.file_meta.TransferSyntaxUID.is_little_endian:
            # PS3.5 7.3 swaps the bytes of OW, which pydicom leaves to its reader.
            swapped = np.frombuffer(dataset[0x60023000].value, np.uint16).byteswap().tobytes()
            dataset[0x60023000].value = swapped
        bitmap = dataset.overlay_array(0x6002)
        left, top, right, bottom = plant["where"]["bbox"]
        area = bitmap[top:bottom, left:right]
        assert (area == letters(plant["value"])[: area.shape[0], : area.shape[1]]).all()


def test_every_name_number_and_birth_date_is_in_the_key(archive):
    known = {value["value"] for value in archive.key["identifying_values"]}
    lies = {plant["file"] for plant in archive.key["plants"] if plant["case"] == 28}
    silent = {plant["series_instance_uid"] for plant in archive.key["plants"] if plant["case"] == 28}
    for name, dataset in archive.of_collection("clinical"):
        if name in lies or dataset.SeriesInstanceUID in silent:
            continue
        for path, element in walk(dataset):
            if element.keyword in ("PatientID", "PatientBirthDate", "AccessionNumber") or element.VR == "PN":
                values = text(element).split("\\")
                assert {value for value in values if value} <= known | {"OrganSeg^Model"}, (name, path)


def test_names_come_in_many_scripts(archive):
    sets = {
        "\\".join(map(str, np.atleast_1d(ds.get("SpecificCharacterSet", ""))))
        for _, ds in archive.of_collection("clinical")
    }
    assert sets >= {"ISO_IR 100", "ISO_IR 126", "ISO_IR 144", "ISO_IR 127", "GB18030", "ISO_IR 192"}
    assert sets >= {"\\ISO 2022 IR 87", "\\ISO 2022 IR 149"}
    names = "".join(str(ds.PatientName) for _, ds in archive.of_collection("clinical"))
    for script in (
        "[α-ωΑ-Ω]",
        "[а-яА-Я]",
        "[\u4e00-\u9fff]",
        "[\u3040-\u30ff]",
        "[\uac00-\ud7af]",
        "[\u0600-\u06ff]",
    ):
        assert re.search(script, names), script


def test_paths_that_name_people_are_listed(archive):
    assert {entry["class"] for entry in archive.key["paths_with_phi"]} >= {"A", "H", "C"}
    for entry in archive.key["paths_with_phi"]:
        assert (archive.root / entry["path"]).exists()
        assert entry["value"].lower() in entry["path"].lower()


def test_strays_that_tell_of_a_person_are_listed(archive):
    told = {entry["carrier"]: entry for entry in archive.key["strays_with_phi"]}
    with zipfile.ZipFile(archive.root / told["zip_comment"]["file"]) as bundle:
        assert told["zip_comment"]["value"].encode() in bundle.comment
        assert bundle.namelist()[0].startswith(told["zip_member_name"]["value"])
    for carrier in ("dicomdir", "element"):
        assert told[carrier]["value"].encode() in archive.bytes(told[carrier]["file"])


def test_references_lead_to_objects_of_the_archive(archive):
    held = {str(ds.SOPInstanceUID) for ds in archive.objects.values()}
    broken = {
        fault["series_instance_uid"] for fault in archive.key["faults"] if fault["rule"] in ("C11", "C12")
    }
    broken |= {ds.SOPInstanceUID for ds in archive.objects.values() if ds.SeriesInstanceUID in broken}
    gaps = {fault["study_instance_uid"] for fault in archive.key["faults"] if fault["rule"] == "K4"}
    broken |= {ds.SOPInstanceUID for ds in archive.objects.values() if ds.StudyInstanceUID in gaps}
    careless = {ds.SOPInstanceUID for _, ds in archive.of_collection("research/badly")}
    careless |= {ds.SeriesInstanceUID for _, ds in archive.of_collection("research/badly")}
    kinds = set()
    for edge in archive.key["references"]:
        kinds.add(edge["kind"])
        if edge["source"] not in broken | careless:
            assert edge["target"] in held, edge
    assert kinds >= {
        "ReferencedStructureSetSequence",
        "ReferencedRTPlanSequence",
        "ContourImageSequence",
        "SourceImageSequence",
        "ReferencedSOPSequence",
        "ReferencedImageSequence",
    }


def test_duplicates_share_their_uid_and_differ_or_not_as_the_key_says(archive):
    assert archive.key["duplicates"]
    for duplicate in archive.key["duplicates"]:
        assert {archive.objects[name].SOPInstanceUID for name in duplicate["files"]} == {
            duplicate["sop_instance_uid"]
        }
        contents = {archive.bytes(name) for name in duplicate["files"]}
        assert len(contents) == (2 if duplicate["kind"] == "different content" else 1)


def test_every_fault_names_files_of_the_archive(archive):
    rules = {fault["rule"] for fault in archive.key["faults"]}
    assert len(rules) > 25
    for fault in archive.key["faults"]:
        assert set(fault["files"]) <= archive.objects.keys()


def test_negatives_are_no_plants(archive):
    assert {entry["case"] for entry in archive.key["negatives"]} >= {"N1", "N2", "N3", "N4"}
    for entry in archive.key["negatives"]:
        assert not entry["class"]


@pytest.mark.parametrize("name", ["plants", "negatives", "faults", "burns", "carriers"])
def test_an_archive_of_sixty_studies_hosts_every_row_of_every_table(name):
    planned = list(visits(60, 7))
    roles = Roles(planned, 7, Faults())
    rows = {
        "plants": table("plants")["plants"],
        "negatives": table("negatives")["negatives"],
        "faults": [*table("faults")["values"], *table("faults")["special"]],
        "burns": table("burns")["burns"],
        "carriers": carriers.rows(),
    }[name]
    cast = [str(row) for visit in planned for row in roles.cast(visit.index)]
    assert [row for row in rows if str(row) not in cast] == []
