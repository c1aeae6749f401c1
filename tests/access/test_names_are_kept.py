"""Who looks after access on one Collection learns of no account that has nothing there, but by naming it to give something."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance.actions.give_grant import give_grant
from governance.actions.issue_token import issue_token
from governance.models import AuditEvent, Grant, Role, User
from governance.permissions import Job
from tests.web.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def local(radiology) -> User:
    """Administrator of radiology alone."""
    user = User.objects.create(username="lena")
    give_grant(user, Job.ADMINISTRATOR, radiology)
    return user


@pytest.fixture
def hidden(research) -> User:
    """Holds something elsewhere, by a group as well."""
    user = User.objects.create(username="quentin", first_name="Quentin", last_name="Quixote")
    group = Group.objects.create(name="Secret trial")
    group.user_set.add(user)
    give_grant(group, Job.RESEARCHER, research)
    return user


def body_of(client: Client, name: str, *args: object) -> str:
    return client.get(reverse(f"access:{name}", args=args)).content.decode()


def test_only_those_who_hold_something_there_are_offered(local, hidden, bob, alice, radiology):
    client = signed_in(local)
    for page in (body_of(client, "grant-give"), body_of(client, "collection", radiology.pk)):
        assert 'value="bob"' in page
        assert "quentin" not in page
        assert "Quixote" not in page
        assert "Secret trial" not in page
    assert "quentin" in body_of(signed_in(alice), "grant-give")


def test_somebody_else_is_given_access_by_their_exact_name(local, hidden, radiology):
    role = Role.objects.get(slug=Job.RESEARCHER)
    told = {"person": "quentin", "role": role.pk, "collection": radiology.pk, "reason": "Joined"}
    assert signed_in(local).post(reverse("access:grant-give"), told).status_code == 302
    assert Grant.objects.filter(user=hidden, collection=radiology).exists()


WRONG = [{"reason": ""}, {"role": ""}, {"collection": ""}, {"until": "2001-01-01"}, {"group": "1"}]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_form_that_gives_nothing_does_not_tell_whether_a_name_is_there(wrong, local, hidden, radiology):
    role = Role.objects.get(slug=Job.RESEARCHER)
    given = {"role": role.pk, "collection": radiology.pk, "reason": "Joined", **wrong}

    def errors(name: str) -> dict:
        answer = signed_in(local).post(reverse("access:grant-give"), {**given, "person": name})
        assert answer.status_code == 422
        return answer.context["form"].errors

    assert errors("quentin") == errors("nobody-at-all")


def test_the_api_tells_as_little_of_names_as_the_page(local, hidden, radiology):
    secret = issue_token(local, name="t", expires_at=timezone.now() + timedelta(days=1))
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    role = Role.objects.get(slug=Job.RESEARCHER)
    good = {"role": role.pk, "collection": radiology.pk, "reason": "Joined"}
    past = (timezone.now() - timedelta(days=1)).isoformat()

    def answer(**body):
        told = client.post("/api/grants/", {**good, **body}, content_type="application/json")
        return told.status_code, told.json().get("errors")

    for wrong in ({"reason": ""}, {"role": 10**9}, {"collection": None}, {"expires_at": past}):
        refused = answer(user="quentin", **wrong)
        assert refused == answer(user="nobody-at-all", **wrong)
        assert refused[0] >= 400
    assert answer(group="Secret trial") == answer(group="No such group")
    assert answer(user="quentin")[0] == 201


TAKEN = {"name": "RESEARCH"}


@pytest.mark.parametrize("wrong", [TAKEN, {"name": " "}, {"privacy_claim": "none"}])
def test_a_collection_that_does_not_change_tells_of_no_name_for_its_owner(wrong, local, hidden, radiology):
    page = reverse("access:collection", args=[radiology.pk])
    whole = {"name": "Radiology", "privacy_claim": "unknown", **wrong}
    program = program_of(local)

    def told(owner: str) -> tuple:
        on_page = signed_in(local).post(page, {**whole, "owner": owner})
        by_api = program.patch(
            f"/api/collections/{radiology.pk}/", {**wrong, "owner": owner}, content_type="application/json"
        )
        assert on_page.status_code == 422
        assert by_api.status_code >= 400
        return on_page.context["form"].errors, by_api.status_code, by_api.json().get("errors")

    assert told("quentin") == told("nobody-at-all")


def test_whoever_may_not_make_or_change_a_collection_learns_no_name_by_trying_to(local, hidden, research):
    give_grant(local, Job.RESEARCHER, research)
    program, address = program_of(local), f"/api/collections/{research.pk}/"
    before = AuditEvent.objects.filter(event="access.refused").count()
    for name in ("quentin", "nobody-at-all"):
        said = {"name": "Trials", "owner": name}
        answers = [
            signed_in(local).post(reverse("access:collection-new"), {**said, "privacy_claim": "unknown"}),
            program.post("/api/collections/", said, content_type="application/json"),
            program.patch(address, said, content_type="application/json"),
        ]
        assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert AuditEvent.objects.filter(event="access.refused").count() == before + 6


def program_of(user: User) -> Client:
    secret = issue_token(user, name="t", expires_at=timezone.now() + timedelta(days=1))
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_what_somebody_sees_is_not_there_for_who_gives_them_nothing(local, hidden, bob):
    client = signed_in(local)
    assert client.get(reverse("access:seen-by", args=["bob"])).status_code == 200
    for name in ("quentin", "nobody-at-all"):
        assert client.get(reverse("access:seen-by", args=[name])).status_code == 404


def test_whoever_changes_no_group_learns_no_name_by_trying_to(local, hidden, radiology):
    group = Group.objects.create(name="Readers")
    give_grant(group, Job.RESEARCHER, radiology)
    before = AuditEvent.objects.filter(event="access.refused").count()
    for name in ("quentin", "nobody-at-all"):
        answer = signed_in(local).post(reverse("access:group-add", args=[group.pk]), {"person": name})
        assert answer.status_code == 403
    assert AuditEvent.objects.filter(event="access.refused").count() == before + 2
