"""What is shown of texts, dates, numbers, codes and paths."""

from datetime import date

import pytest

from catalog.identifying import Kind
from catalog.masking import MASK
from tests.catalog.masking.headers import MASKER


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("CT Chest w/o contrast", "CT Chest w/o contrast"),
        ("T2* FLAIR ax 5 mm", "T2* FLAIR ax 5 mm"),
        ("Abdomen 3.0 x 2.5 mm", "Abdomen 3.0 x 2.5 mm"),
        ("MR Schädel nativ", "MR Schädel nativ"),
        ("IRM cérébrale sans injection", "IRM cérébrale sans injection"),
        ("TAC tórax con contraste", "TAC tórax con contraste"),
        ("L5-S1", "L5-S1"),
        ("3 plane loc", "3 plane loc"),
        ("Phase 2", "Phase 2"),
        ("Delayed 10 min", "Delayed 10 min"),
        ("120 kV 80%", "120 kV 80%"),
        # Names and everything else that the lexicon does not know.
        ("CT Chest for Miller", f"CT Chest for {MASK}"),
        ("miller^anna chest", f"{MASK} chest"),
        ("Chest Анна 王小东 김희중", f"Chest {MASK}"),
        # Ages, dates and numbers in all dress.
        ("92 yo chest", f"{MASK} chest"),
        ("chest 92", f"chest {MASK}"),
        ("CT 03/04/1962", f"CT {MASK}"),
        ("CT 1962-04-03", f"CT {MASK}"),
        ("CT 3.4.62 chest", f"CT {MASK} chest"),
        ("3 May 1962", MASK),
        ("chest 3 4 1962", f"chest {MASK}"),
        ("19620304", MASK),
        ("1962 03 04 mm", f"{MASK} 04 mm"),
        ("03/04/1962 mm", MASK),
        ("MR 123-45-6789", f"MR {MASK}"),
        ("+49 30 1234567", MASK),
        ("CT 14:35", f"CT {MASK}"),
        ("10.0.0.17", MASK),
        ("1.2.840.113619.2.55", MASK),
        ("chest@hospital.org", f"chest {MASK}"),
        ("***", MASK),
        ("", ""),
        ("   ", ""),
    ],
)
def test_of_a_free_text_only_clinical_words_and_measures_are_shown(text, shown):
    assert MASKER.column(Kind.FREE_TEXT, text) == shown


@pytest.mark.parametrize(
    "name", ["Chest^May", "May^Chest", "CHEST", "Chest-Hand^T", "Lindt=Chest^X", "Chést^M"]
)
def test_a_clinical_word_that_names_the_patient_is_hidden(name):
    masker = MASKER.hiding(names=[name])
    assert "chest" not in masker.text("CT CHEST chest Chest").lower()
    assert masker.text("CT abdomen") == "CT abdomen"


def test_words_of_a_record_number_are_hidden_but_an_accession_number_does_not_hide_its_modality():
    masker = MASKER.hiding(identifiers=["KNEE-0042"], numbers=["CT-0815"])
    assert masker.text("CT knee") == f"CT {MASK}"


def test_honorifics_hide_no_modality():
    assert MASKER.hiding(names=["Doe^John^^Mr^SR"]).text("MR brain") == "MR brain"


def test_months_are_no_clinical_words():
    months = "january february march april may june july august september october november december"
    assert MASKER.text(months) == MASK


def test_the_length_of_what_is_hidden_is_not_told():
    assert MASKER.text("Xu") == MASKER.text("Wolfeschlegelsteinhausen Bergerdorff")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("20230402", "2023"),
        ("2023-04-02", "2023"),
        ("2023.04.02", "2023"),
        ("20230402103000.123456+0100", "2023"),
        ("202304", "2023"),
        (date(2023, 4, 2), "2023"),
        ("20231402", MASK),
        ("12345678", MASK),
        ("2023123", MASK),
        ("99991231", MASK),
        ("Easter 2023", MASK),
        ("", ""),
        (None, ""),
    ],
)
def test_of_a_date_the_year_is_shown(value, shown):
    assert MASKER.column(Kind.DATE, value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [("19370101", "1937"), ("19361231", "before 1937"), ("19010101", "before 1937"), ("2031", MASK)],
)
def test_a_birth_date_does_not_tell_an_age_over_89(value, shown):
    assert MASKER.column(Kind.BIRTH_DATE, value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [("045Y", "045Y"), ("089Y", "089Y"), ("090Y", "90+"), ("104Y", "90+"), ("006M", "006M"), ("Doe", MASK)],
)
def test_ages_over_89_are_one_category(value, shown):
    assert MASKER.column(Kind.AGE, value) == shown


@pytest.mark.parametrize("kind", [Kind.PERSON_NAME, Kind.IDENTIFIER, Kind.TRAIT, Kind.TIME])
def test_names_identifiers_traits_and_times_are_hidden_whole(kind):
    assert MASKER.column(kind, "anything") == MASK
    assert MASKER.column(kind, "") == ""


def test_codes_are_stable_differ_by_key_and_do_not_hold_what_they_stand_for():
    other = type(MASKER)(b"another", MASKER.today)
    code = MASKER.pseudonym(Kind.INSTITUTION, "St. Mary")
    assert code == MASKER.pseudonym(Kind.INSTITUTION, "St. Mary ")
    assert code.startswith("Site ")
    assert code != other.pseudonym(Kind.INSTITUTION, "St. Mary")
    assert code != MASKER.pseudonym(Kind.INSTITUTION, "St. John")


def test_codes_of_ten_thousand_uids_are_ten_thousand_codes():
    codes = {MASKER.pseudonym(Kind.UID, f"1.2.3.{number}") for number in range(10_000)}
    assert len(codes) == 10_000


def test_a_filter_finds_the_values_behind_a_code():
    names = ["North", "South", "West"]
    assert MASKER.bearers(Kind.INSTITUTION, MASKER.pseudonym(Kind.INSTITUTION, "South"), names) == ["South"]
    assert MASKER.bearers(Kind.INSTITUTION, "Site 00000", names) == []


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/mnt/archive/DICOM", "/mnt/archive/DICOM"),
        ("/data/doe^john/CT/IM.dcm", "/data/~?/CT/IM.dcm"),
        ("19620304/scan.dcm", "~?/scan.dcm"),
        ("doe.john", "~?"),
        ("a/b.DCM", "~?/~?.DCM"),
        ("IM000123", "~?"),
        ("caf\udce9/x.ima", "~?/~?.ima"),
        ("smith\\xe9/img.img", "~?/img.img"),
    ],
)
def test_of_a_path_only_usual_names_and_endings_are_shown(path, kept):
    shown = MASKER.locator(path)
    assert len(shown.split("/")) == len(kept.split("/"))
    for got, want in zip(shown.split("/"), kept.split("/"), strict=True):
        start, _, end = want.partition("?")
        assert got == want if "?" not in want else got.startswith(start) and got.endswith(end)


def test_the_same_folder_has_the_same_code_in_every_path():
    assert MASKER.locator("doe/a.dcm").split("/")[0] == MASKER.locator("doe/b.dcm").split("/")[0]


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (Kind.MODALITY, ["CT", "SR"], "CT, SR"),
        (Kind.MODALITY, ["CT", "DOE"], f"CT, {MASK}"),
        (Kind.TERM, "HEAD_NECK", "HEAD_NECK"),
        (Kind.TERM, "DOE", MASK),
        (Kind.TERM, ["DOE", "ROE"], MASK),
        (Kind.NUMBER, 12, "12"),
        (Kind.NUMBER, 19620304, MASK),
        (Kind.PRODUCT, "SOMATOM Definition AS+", "SOMATOM Definition AS+"),
        (Kind.PRODUCT, "Doe^John", MASK),
        (Kind.PRODUCT, "owned by 1962-03-04", MASK),
        (Kind.UID, "1.2.840.10008.5.1.4.1.1.2", "CT Image Storage"),
        (None, 7, "7"),
    ],
)
def test_terms_numbers_products_and_known_uids_are_shown_unless_they_could_be_somebodys(kind, value, shown):
    assert MASKER.column(kind, value) == shown


def test_a_maker_named_like_the_patient_is_hidden():
    assert MASKER.hiding(names=["Philips^Ann"]).column(Kind.PRODUCT, "Philips") == MASK
