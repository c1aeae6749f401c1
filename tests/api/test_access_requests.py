"""Access over the API: asking, deciding, listing what was given, and asking why."""

import pytest

from governance.actions.give_grant import give_grant
from governance.models import AccessRequest, Collection, Grant, Role, User
from governance.permissions import Job
from tests.api.conftest import Caller

ASKED = {"purpose": "Count lungs", "legal_basis": "waiver", "days": 30}


@pytest.fixture
def listed(radiology) -> Collection:
    Collection.objects.filter(pk=radiology.pk).update(is_listed=True)
    return radiology


@pytest.fixture
def olivia(db, radiology) -> User:
    user = User.objects.create(username="olivia")
    give_grant(user, Job.COMPLIANCE_OFFICER, radiology)
    return user


@pytest.fixture
def olivias(olivia) -> Caller:
    return Caller(olivia)


def role(job: Job) -> int:
    return Role.objects.get(slug=job).pk


def ask(caller: Caller, collection: Collection, job: Job = Job.DATA_STEWARD):
    body = {**ASKED, "collection": collection.pk, "role": role(job)}
    return caller.post("/api/access-requests/", body)


def test_a_request_is_made_decided_and_becomes_a_grant(charlies, olivias, charlie, listed):
    made = ask(charlies, listed)
    assert made.status_code == 201
    assert charlies.get(made["Location"]).json() == made.json()
    waiting = olivias.get("/api/access-requests/", waiting_for_me="true").json()["results"]
    assert [row["id"] for row in waiting] == [made.json()["id"]]
    approved = olivias.post(f"{made['Location']}approve/", {"role": role(Job.RESEARCHER), "days": 5})
    grant = Grant.objects.get(user=charlie)
    assert (
        approved.json() | {"state": "approved", "grant": grant.pk, "decided_by": "olivia"} == approved.json()
    )
    assert grant.role.slug == "researcher"
    assert charlies.get("/api/studies/").status_code == 200


def test_a_collection_that_is_not_listed_is_refused_as_one_that_is_not_there(charlies, radiology):
    hidden, absent = (
        ask(charlies, radiology),
        charlies.post("/api/access-requests/", {**ASKED, "collection": 999, "role": role(Job.DATA_STEWARD)}),
    )
    assert hidden.status_code == absent.status_code == 400
    assert hidden.json()["errors"] == absent.json()["errors"]


def test_nobody_approves_their_own_request_over_the_api(olivias, listed):
    made = ask(olivias, listed, Job.ADMINISTRATOR)
    assert olivias.post(f"{made['Location']}approve/").status_code == 403
    assert AccessRequest.objects.get().state == "open"


def test_a_request_is_nobody_elses_to_see_or_decide(charlies, bobs, alices, listed, research):
    made = ask(charlies, listed)
    assert bobs.get(made["Location"]).status_code == 404
    assert bobs.get("/api/access-requests/").json()["results"] == []
    assert bobs.post(f"{made['Location']}approve/").status_code == 403
    assert alices.get(made["Location"]).status_code == 200
    assert alices.post(f"{made['Location']}approve/").status_code == 403
    assert bobs.post(f"{made['Location']}withdraw/").status_code == 404


def test_what_is_decided_or_asked_twice_is_a_conflict(charlies, olivias, listed):
    made = ask(charlies, listed)
    assert ask(charlies, listed).status_code == 409
    assert olivias.post(f"{made['Location']}deny/", {"reason": "No protocol"}).status_code == 200
    assert olivias.post(f"{made['Location']}approve/").status_code == 409
    assert charlies.post(f"{made['Location']}withdraw/").status_code == 409


def test_a_denial_needs_a_reason_over_the_api(charlies, olivias, listed):
    made = ask(charlies, listed)
    assert olivias.post(f"{made['Location']}deny/").status_code == 400


def test_grants_are_listed_where_access_is_overseen(alices, olivias, bobs, bob, research):
    hidden = give_grant(bob, Job.RESEARCHER, research)
    seen = olivias.get("/api/grants/", count="exact").json()
    assert {row["user"] for row in seen["results"]} == {"olivia", "bob"}
    assert seen["count"]["value"] == 2
    assert olivias.get(f"/api/grants/{hidden.pk}/").status_code == 404
    assert alices.get(f"/api/grants/{hidden.pk}/").json()["says"].startswith("bob is researcher on Research")
    assert bobs.get("/api/grants/").status_code == 403
    assert (
        alices.get("/api/grants/", role=role(Job.RESEARCHER), state="in-force").json()["results"][0]["id"]
        == hidden.pk
    )
    assert alices.get("/api/grants/", unused_days=1).json()["results"] == []


def test_roles_are_known_to_everybody_who_signs_in(charlies, client):
    slugs = {row["slug"] for row in charlies.get("/api/roles/").json()["results"]}
    assert slugs == {job.value for job in Job}
    assert client.get("/api/roles/").status_code == 401


def test_everybody_may_ask_why_of_themselves(charlies, bobs, bob, radiology):
    told = bobs.get("/api/access/explain/", permission="crawl:control", collection=radiology.pk).json()
    assert told | {"allowed": True, "grants": [Grant.objects.get(user=bob).pk]} == told
    told = charlies.get("/api/access/explain/", permission="access:approve").json()
    assert told | {"allowed": False, "ground": "missing", "roles": ["compliance-officer"]} == told


def test_nobody_asks_why_of_others_or_of_places_beyond_their_oversight(
    charlies, olivias, alices, bob, radiology, research
):
    asked = {"permission": "catalog:read", "user": "bob"}
    assert charlies.get("/api/access/explain/", **asked).status_code == 404
    assert (
        charlies.get("/api/access/explain/", permission="catalog:read", collection=radiology.pk).status_code
        == 404
    )
    assert olivias.get("/api/access/explain/", **asked).status_code == 403
    assert olivias.get("/api/access/explain/", **asked, collection=radiology.pk).json()["allowed"]
    assert olivias.get("/api/access/explain/", **asked, collection=research.pk).status_code == 404
    assert not alices.get("/api/access/explain/", **asked, collection=research.pk).json()["allowed"]


def test_a_question_without_a_permission_is_refused_by_name(bobs):
    answer = bobs.get("/api/access/explain/")
    assert (answer.status_code, answer.json()["parameter"]) == (400, "permission")
