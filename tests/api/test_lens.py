"""The PHI lens for programs: named with each request, and only then."""

import pytest

from governance.actions.give_grant import give_grant
from governance.audit.events import Event
from governance.models import AuditEvent, Lens, User
from governance.permissions import Job
from tests.api.conftest import Caller
from tests.factories import SECRETS

NAME = "Quixotesecret^Ann"


@pytest.fixture
def olivias(db, radiology) -> Caller:
    """A program of radiology's compliance officer."""
    user = User.objects.create(username="olivia")
    give_grant(user, Job.COMPLIANCE_OFFICER, radiology)
    return Caller(user)


def opened(caller: Caller, **body):
    answer = caller.post("/api/lenses/", {"purpose": "incident", **body})
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def through(caller: Caller, lens: int, address: str):
    return caller.client.get(address, headers={"Isocenter-Lens": str(lens)})


def leaks(answer) -> list[str]:
    return [secret for secret in SECRETS if secret in answer.content.decode()]


def test_a_row_has_its_identifying_columns_apart_and_only_under_a_named_lens(olivias, holdings):
    study = holdings["studies"]
    lens = opened(olivias, study=study.pk)
    shown = through(olivias, lens, f"/api/studies/{study.pk}/").json()
    assert shown["revealed"]["accession_number"] == "ACC5550199"
    assert shown["revealed"]["study_date"] == "2021-07-19"
    assert shown["study_year"] == 2021
    silent = olivias.get(f"/api/studies/{study.pk}/")
    assert silent.json()["revealed"] is None
    assert leaks(silent) == []


def test_a_patient_lens_reaches_the_patient_the_studies_and_the_headers(olivias, holdings):
    lens = opened(olivias, patient=holdings["patients"].pk)
    patient = through(olivias, lens, f"/api/patients/{holdings['patients'].pk}/").json()
    assert patient["revealed"]["patient_name"] == NAME
    header = through(olivias, lens, f"/api/instances/{holdings['instances'].pk}/header/").json()
    assert header["00100010"] == {"vr": "PN", "Value": [{"Alphabetic": NAME}]}
    assert header["00100020"]["Value"] == ["MRN80031337"]


def test_a_queue_lens_reveals_the_paths_of_its_source(olivias, holdings):
    lens = opened(olivias, source=holdings["sources"].pk)
    row = through(olivias, lens, f"/api/quarantine/{holdings['quarantine'].pk}/").json()
    assert row["revealed"]["locator"].startswith("Foldersecret/")


def test_another_token_of_the_same_person_cannot_use_the_lens(olivias, holdings):
    lens = opened(olivias, study=holdings["studies"].pk)
    other = Caller(User.objects.get(username="olivia"))
    assert leaks(through(other, lens, f"/api/studies/{holdings['studies'].pk}/")) == []
    assert other.get(f"/api/lenses/{lens}/").status_code == 404


def test_a_closed_lens_reveals_nothing(olivias, holdings):
    lens = opened(olivias, study=holdings["studies"].pk)
    assert olivias.client.delete(f"/api/lenses/{lens}/").status_code == 204
    assert leaks(through(olivias, lens, f"/api/studies/{holdings['studies'].pk}/")) == []
    assert olivias.get("/api/lenses/").json()["results"] == []


@pytest.mark.parametrize("named", ["x", "-1", "99999999999999999999", "1e3", ""])
def test_a_lens_that_is_none_reveals_nothing_and_breaks_nothing(olivias, holdings, named):
    opened(olivias, study=holdings["studies"].pk)
    answer = through(olivias, named, f"/api/studies/{holdings['studies'].pk}/")
    assert answer.status_code == 200
    assert leaks(answer) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"purpose": "incident"},
        {"purpose": "curiosity", "study": 1},
        {"purpose": "incident", "study": 1, "minutes": 16},
        {"purpose": "incident", "study": 1, "patient": 1},
        {"purpose": "incident", "study": 1, "for": "ever"},
    ],
)
def test_a_lens_without_one_scope_and_a_purpose_is_refused(olivias, holdings, body):
    if "study" in body:
        body = {**body, "study": holdings["studies"].pk}
    if "patient" in body:
        body = {**body, "patient": holdings["patients"].pk}
    answer = olivias.post("/api/lenses/", body)
    assert answer.status_code == 400
    assert leaks(answer) == []
    assert not Lens.objects.exists()


@pytest.mark.parametrize("words", ["", "About Quixotesecret"])
def test_another_purpose_without_words_or_with_a_patients_name_is_refused(olivias, holdings, words):
    body = {"purpose": "other", "words": words, "study": holdings["studies"].pk}
    answer = olivias.post("/api/lenses/", body)
    assert answer.status_code == 409
    assert leaks(answer) == []
    assert not Lens.objects.exists()


def test_who_may_look_but_not_reveal_is_refused(bobs, alices, charlies, holdings):
    assert (
        bobs.post("/api/lenses/", {"purpose": "quality", "study": holdings["studies"].pk}).status_code == 201
    )
    for caller in (alices, charlies):
        answer = caller.post("/api/lenses/", {"purpose": "quality", "study": holdings["studies"].pk})
        assert answer.status_code == 403


def test_every_read_through_the_lens_is_an_event_that_names_the_token(olivias, holdings):
    lens = opened(olivias, study=holdings["studies"].pk)
    through(olivias, lens, f"/api/studies/{holdings['studies'].pk}/")
    through(olivias, lens, "/api/series/")
    one, listed = AuditEvent.objects.filter(event=Event.PHI_VIEWED.value).order_by("id")
    assert one.told["objects"] == [f"lens:{lens}", f"study:{holdings['studies'].code}"]
    assert f"series:{holdings['series'].code}" in listed.told["objects"]
    assert one.told["credential"].startswith("token:")
    assert len(one.told["patients"]) == 1
