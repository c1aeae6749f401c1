"""The PHI lens on the pages: what it needs, what it shows to whom, when it ends, and what it leaves in the trail."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import Quarantine
from governance.actions.give_grant import give_grant
from governance.actions.revoke_grant import revoke_grant
from governance.audit.events import Event
from governance.models import AuditEvent, Grant, Lens, User
from governance.patient_hash import patient_hash
from governance.permissions import BUILTIN_ROLES, Job, Permission
from tests.factories import SECRETS, make_series, make_study
from tests.web.conftest import Shelf, shelf, signed_in
from tests.web.pages import addresses

NAME, MRN = "Quixotesecret^Ann", "MRN80031337"
US = "1.2.840.10008.5.1.4.1.1.6.1"


@pytest.fixture
def olivia(db, radiology) -> User:
    """Compliance officer of radiology."""
    user = User.objects.create(username="olivia")
    give_grant(user, Job.COMPLIANCE_OFFICER, radiology)
    return user


def open_lens(client: Client, target: str, **given: object):
    """Open a lens as the form does; `target` is study/CT-… or the like."""
    kind = target.partition("/")[0]
    form = {"purpose": "incident", "words": "", "scope": kind, "minutes": 15, **given}
    return client.post(f"/lens/{target}", form)


def page(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def events(event: Event) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(event=event.value).order_by("id"))


def study_page(held: Shelf) -> str:
    return reverse("catalog:study", args=[held.study.code])


def test_a_lens_shows_the_study_and_what_is_in_it(olivia, held):
    client = signed_in(olivia)
    assert open_lens(client, f"study/{held.study.code}").status_code == 302
    for name in ("study", "series", "instance"):
        assert "Quixotesecret" in page(client, addresses(held)[name]), name
    assert NAME in page(client, study_page(held))
    assert "2021-07-19" in page(client, study_page(held))
    assert MRN in page(client, addresses(held)["instance"])


def test_a_lens_on_one_study_leaves_the_patients_other_studies_masked(olivia, held, radiology):
    other = make_study(radiology, patient=held.study.patient)
    make_series(other)
    client = signed_in(olivia)
    open_lens(client, f"study/{held.study.code}")
    for address in (study_page(Shelf(**{**vars(held), "study": other})), addresses(held)["patient"]):
        body = page(client, address)
        assert NAME not in body
        assert MRN not in body


def test_a_lens_on_a_patient_shows_all_their_studies_and_nobody_elses(olivia, held, radiology):
    other = make_study(radiology, patient=held.study.patient)
    stranger = make_study(radiology)
    client = signed_in(olivia)
    open_lens(client, f"patient/{held.study.patient.code}")
    assert NAME in page(client, addresses(held)["patient"])
    assert NAME in page(client, reverse("catalog:study", args=[other.code]))
    assert NAME not in page(client, reverse("catalog:study", args=[stranger.code]))


def test_a_study_s_form_also_opens_its_patient(olivia, held):
    client = signed_in(olivia)
    open_lens(client, f"study/{held.study.code}", scope="patient")
    assert MRN in page(client, addresses(held)["patient"])


def test_a_lens_on_a_queue_shows_the_paths_of_that_source(olivia, held, radiology):
    other = shelf(radiology)
    client = signed_in(olivia)
    open_lens(client, f"queue/{held.source.pk}")
    body = page(client, "/quarantine?cause=truncated")
    assert Quarantine.objects.get(source=held.source).locator in body
    assert Quarantine.objects.get(source=other.source).locator not in body


def test_the_same_person_in_another_browser_sees_nothing_more(olivia, held):
    open_lens(signed_in(olivia), f"study/{held.study.code}")
    assert NAME not in page(signed_in(olivia), study_page(held))


def test_nobody_else_sees_more_while_a_lens_is_open(olivia, alice, auditor, researcher, held):
    open_lens(signed_in(olivia), f"study/{held.study.code}")
    for user in (alice, auditor, researcher):
        body = page(signed_in(user), study_page(held))
        assert [secret for secret in SECRETS if secret in body] == []


def test_everything_is_masked_the_moment_the_time_is_over(olivia, held):
    client = signed_in(olivia)
    open_lens(client, f"study/{held.study.code}")
    assert NAME in page(client, study_page(held))
    Lens.objects.update(opened_at=timezone.now() - timedelta(hours=1), closes_at=timezone.now())
    assert NAME not in page(client, study_page(held))
    assert "masked" in page(client, study_page(held))


def test_closing_masks_at_once_and_is_written_down(olivia, held):
    client = signed_in(olivia)
    open_lens(client, f"study/{held.study.code}")
    assert client.post("/lens/close", {"next": study_page(held)})["Location"] == study_page(held)
    assert NAME not in page(client, study_page(held))
    assert [event.told["purpose"] for event in events(Event.LENS_CLOSED)] == ["incident"]


def test_signing_out_ends_the_lens(olivia, held):
    client = signed_in(olivia)
    open_lens(client, f"study/{held.study.code}")
    client.post("/sign-out")
    client.force_login(olivia)
    assert NAME not in page(client, study_page(held))


def test_a_second_lens_closes_the_first(olivia, held, radiology):
    other = make_study(radiology)
    client = signed_in(olivia)
    open_lens(client, f"study/{held.study.code}")
    open_lens(client, f"study/{other.code}")
    assert NAME not in page(client, study_page(held))
    assert Lens.objects.open_at(timezone.now()).count() == 1


def test_a_revoked_grant_ends_the_lens_with_it(olivia, held, alice):
    client = signed_in(olivia)
    open_lens(client, f"study/{held.study.code}")
    give_grant(olivia, Job.RESEARCHER, held.source.collection)
    revoke_grant(
        Grant.objects.get(user=olivia, role__slug=Job.COMPLIANCE_OFFICER), actor=alice, reason="Moved"
    )
    body = page(client, study_page(held))
    assert held.study.code in body
    assert NAME not in body


@pytest.mark.parametrize("minutes", [0, 16, 60, -1])
def test_no_lens_is_opened_for_another_time_than_offered(olivia, held, minutes):
    assert open_lens(signed_in(olivia), f"study/{held.study.code}", minutes=minutes).status_code == 422
    assert not Lens.objects.exists()


@pytest.mark.parametrize("given", [{"purpose": ""}, {"purpose": "curiosity"}, {"purpose": "other"}])
def test_a_lens_needs_a_purpose_and_another_purpose_needs_words(olivia, held, given):
    assert open_lens(signed_in(olivia), f"study/{held.study.code}", **given).status_code == 422
    assert not Lens.objects.exists()


@pytest.mark.parametrize("words", ["Ms Quixotesecret called", "about mrn80031337", "QUIXOTESECRET's request"])
def test_words_that_name_the_patient_are_refused_and_stand_in_no_event(olivia, held, words):
    held.study.patient.patient_id = MRN
    held.study.patient.save()
    answer = open_lens(signed_in(olivia), f"study/{held.study.code}", purpose="other", words=words)
    assert answer.status_code == 422
    assert not events(Event.LENS_OPENED)


@pytest.mark.parametrize("job", [Job.ADMINISTRATOR, Job.AUDITOR, Job.RESEARCHER])
def test_roles_without_the_permission_open_no_lens_and_are_offered_none(charlie, held, radiology, job):
    give_grant(charlie, job, radiology)
    client = signed_in(charlie)
    assert open_lens(client, f"study/{held.study.code}").status_code == 403
    assert "/lens/" not in page(client, study_page(held))


def test_a_study_that_may_be_seen_but_not_revealed_is_not_there_for_the_lens(olivia, elsewhere, research):
    give_grant(olivia, Job.RESEARCHER, research)
    client = signed_in(olivia)
    assert client.get(study_page(elsewhere)).status_code == 200
    assert open_lens(client, f"study/{elsewhere.study.code}").status_code == 404


def test_what_may_not_be_seen_has_no_lens(olivia, elsewhere):
    client = signed_in(olivia)
    hidden = (
        f"study/{elsewhere.study.code}",
        f"patient/{elsewhere.study.patient.code}",
        f"queue/{elsewhere.source.pk}",
    )
    assert {open_lens(client, target).status_code for target in hidden} == {404}


def test_exports_stay_masked_under_a_lens(olivia, held):
    client = signed_in(olivia)
    open_lens(client, f"patient/{held.study.patient.code}")
    exported = client.get("/studies.csv").getvalue().decode()
    assert held.study.code in exported
    assert [secret for secret in SECRETS if secret in exported] == []


def test_what_is_revealed_is_kept_by_no_cache_and_refreshes_itself_without_a_script(olivia, held):
    client = signed_in(olivia)
    open_lens(client, f"study/{held.study.code}")
    answer = client.get(study_page(held))
    assert answer["Cache-Control"] == "private, no-store"
    assert '<noscript><meta http-equiv="refresh"' in answer.content.decode()


def test_addresses_and_titles_hold_nothing_revealed(olivia, held):
    client = signed_in(olivia)
    open_lens(client, f"patient/{held.study.patient.code}")
    for name in ("study", "series", "instance", "patient"):
        body = page(client, addresses(held)[name])
        title = body.partition("<title>")[2].partition("</title>")[0]
        links = [
            part.partition('"')[0]
            for mark in ('href="', 'src="', 'action="')
            for part in body.split(mark)[1:]
        ]
        assert [secret for secret in SECRETS for text in (title, *links) if secret in text] == []


# --- the trail --------------------------------------------------------------------------------------


def test_opening_is_one_event_and_each_object_viewed_another(olivia, held):
    client = signed_in(olivia)
    open_lens(client, f"study/{held.study.code}", purpose="other", words="Ticket 12")
    for name in ("study", "series", "instance"):
        client.get(addresses(held)[name])
    (opened,) = events(Event.LENS_OPENED)
    lens = Lens.objects.get()
    patient = held.study.patient
    hashed = patient_hash(patient.issuer_of_patient_id, patient.patient_id, patient.anchor)
    assert opened.told["objects"] == [f"lens:{lens.pk}", f"study:{held.study.code}"]
    assert opened.told["detail"] == {"words": "Ticket 12", "minutes": 15, "scope": "study"}
    viewed = events(Event.PHI_VIEWED)
    assert len(viewed) == 3
    for event, code in zip(viewed, (held.study.code, held.series.code, held.instance.code), strict=True):
        assert event.told["purpose"] == "other"
        assert event.told["patients"] == [hashed]
        assert event.told["objects"][0] == f"lens:{lens.pk}"
        assert any(thing.endswith(f":{code}") for thing in event.told["objects"])
        assert event.told["credential"].startswith("session:")


def test_a_masked_page_is_an_event_of_its_own_kind(auditor, held):
    client = signed_in(auditor)
    client.get(study_page(held))
    client.get("/studies")
    (viewed,), (listed,) = events(Event.OBJECT_VIEWED), events(Event.STUDIES_LISTED)
    assert viewed.told["objects"][0] == f"study:{held.study.code}"
    assert f"study:{held.study.code}" in listed.told["objects"]
    assert len(listed.told["patients"]) == 1
    assert not events(Event.PHI_VIEWED)


def test_a_list_with_revealed_rows_is_one_event_with_their_ids_and_one_for_the_rest(olivia, held, radiology):
    rest = [make_study(radiology) for _ in range(3)]
    client = signed_in(olivia)
    open_lens(client, f"patient/{held.study.patient.code}")
    client.get("/studies")
    (revealed,), (listed,) = events(Event.PHI_VIEWED), events(Event.STUDIES_LISTED)
    assert [thing for thing in revealed.told["objects"] if thing.startswith("study:")] == [
        f"study:{held.study.code}"
    ]
    assert len([thing for thing in listed.told["objects"] if thing.startswith("study:")]) == len(rest)


def test_no_event_holds_anything_that_identifies(olivia, held):
    client = signed_in(olivia)
    open_lens(client, f"patient/{held.study.patient.code}")
    for address in addresses(held).values():
        client.get(address)
    written = b"".join(bytes(event.payload) for event in AuditEvent.objects.all()).decode()
    assert [secret for secret in SECRETS if secret in written] == []


def test_what_is_shown_is_not_shown_when_it_cannot_be_written_down(olivia, held, monkeypatch):
    client = signed_in(olivia)
    open_lens(client, f"study/{held.study.code}")

    def away(_sight: object) -> None:
        raise OSError("the trail cannot be written")

    monkeypatch.setattr("catalog.middleware.record_sight", away)
    client.raise_request_exception = False
    answer = client.get(study_page(held))
    assert answer.status_code == 500
    assert NAME not in answer.content.decode()


def test_every_role_that_can_reveal_says_so(db):
    can_reveal = {job for job in Job if Permission.PHI_REVEAL in BUILTIN_ROLES[job].permissions}
    assert can_reveal == {Job.COMPLIANCE_OFFICER, Job.DATA_STEWARD}


def test_a_picture_is_asked_for_sharp_only_under_the_lens(olivia, held, monkeypatch):
    asked: list[bool] = []

    def note(_name: str, kwargs: dict[str, object]) -> None:
        asked.append(bool(kwargs["is_revealed"]))

    monkeypatch.setattr("catalog.thumbnails.request.app.send_task", note)
    header = held.instance.header
    header.content = {
        **header.content,
        "00080016": {"vr": "UI", "Value": [US]},
        "00280010": {"vr": "US", "Value": [64]},
    }
    header.save()
    client = signed_in(olivia)
    picture = reverse("catalog:thumbnail", args=[held.instance.code])
    client.get(picture)
    open_lens(client, f"study/{held.study.code}")
    answer = client.get(picture)
    assert asked == [False, True]
    assert answer["Cache-Control"] == "private, no-store"
