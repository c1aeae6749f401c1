"""The audit trail's name of a patient: found by those who know the number, guessed by nobody without the key."""

from hypothesis import given
from hypothesis import strategies as st

from governance.patient_hash import HEX_LENGTH, patient_hash

texts = st.text(st.characters(exclude_categories=["Cs"]))


def test_the_same_number_of_the_same_issuer_is_the_same_patient():
    assert patient_hash("Ward", " 4711") == patient_hash("Ward ", "4711")
    assert len(patient_hash("Ward", "4711")) == HEX_LENGTH


@given(texts, texts, texts, texts)
def test_different_patients_have_different_names(issuer, number, other_issuer, other_number):
    same = (issuer.strip(), number.strip()) == (other_issuer.strip(), other_number.strip())
    assert (patient_hash(issuer, number) == patient_hash(other_issuer, other_number)) is same


def test_another_secret_key_names_the_patient_otherwise(settings):
    before = patient_hash("Ward", "4711")
    settings.SECRET_KEY = "another secret key, long enough for anybody who looks at its length"
    assert patient_hash("Ward", "4711") != before
