"""The access pages: who is shown what of whose access, and that every decision arrives at its action."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from governance.actions.break_glass import break_glass
from governance.actions.give_grant import give_grant
from governance.actions.request_access import request_access
from governance.actions.start_review import start_review
from governance.audit.events import Event
from governance.models import (
    AccessRequest,
    AccessReview,
    AuditEvent,
    Collection,
    Grant,
    LegalBasis,
    ReviewRow,
    Role,
    User,
)
from governance.permissions import Job
from tests.web.conftest import signed_in


@pytest.fixture
def olivia(db, radiology) -> User:
    """Compliance officer of radiology alone."""
    user = User.objects.create(username="olivia")
    give_grant(user, Job.COMPLIANCE_OFFICER, radiology)
    return user


@pytest.fixture
def listed(radiology) -> Collection:
    radiology.is_listed = True
    radiology.save()
    return radiology


@pytest.fixture
def asked(charlie, listed) -> AccessRequest:
    return request_access(
        charlie,
        Role.objects.get(slug=Job.DATA_STEWARD),
        listed,
        purpose="Count the lungs",
        legal_basis=LegalBasis.PREPARATORY,
        days=30,
    )


def body_of(user: User, name: str, *args: object, query: str = "", status: int = 200) -> str:
    response = signed_in(user).get(reverse(f"access:{name}", args=args) + query)
    assert response.status_code == status, response.content.decode()[:400]
    return response.content.decode()


def post(user: User, page: str, /, *args: object, **given: object):
    return signed_in(user).post(reverse(f"access:{page}", args=args), given)


LISTS = ["grants", "roles", "groups", "reviews", "unused", "conflicts", "collections"]


@pytest.mark.parametrize("name", LISTS)
def test_lists_about_others_open_for_those_who_oversee_access_alone(name, alice, olivia, bob, charlie):
    for user, status in ((alice, 200), (olivia, 200), (bob, 403), (charlie, 403)):
        body_of(user, name, status=status)


@pytest.mark.parametrize("name", ["overview", "request", "explain"])
def test_everybody_who_is_signed_in_sees_their_own_access(name, alice, charlie):
    for user in (alice, charlie):
        body_of(user, name)


def test_a_stranger_is_sent_to_the_sign_in_page_from_every_access_page(client, db):
    for name in [*LISTS, "overview", "request", "explain", "glass"]:
        assert client.get(reverse(f"access:{name}")).status_code == 302


def test_my_access_is_said_in_a_sentence_with_what_it_allows(bob):
    body = body_of(bob, "overview")
    assert "bob is data steward on Radiology" in body
    assert "start, pause and cancel crawls" in body


def test_a_newcomer_is_told_that_they_may_nothing_and_how_to_ask(charlie):
    body = body_of(charlie, "overview")
    assert "Nothing yet" in body
    assert reverse("access:request") in body


# --- requests ---------------------------------------------------------------------------------------


def test_a_collection_that_is_not_listed_is_nowhere_on_the_request_page(charlie, listed, research):
    body = body_of(charlie, "request")
    assert "Radiology" in body
    assert "Research" not in body.replace("Researcher", "").replace("research", "")
    given = {
        "collection": research.pk,
        "role": Role.objects.get(slug=Job.RESEARCHER).pk,
        "purpose": "Look",
        "legal_basis": "waiver",
        "days": "10",
    }
    refused, unknown = (
        post(charlie, "request", **{**given, "collection": pk}) for pk in (research.pk, 999_999)
    )
    assert refused.status_code == unknown.status_code == 422
    assert not AccessRequest.objects.exists()


def test_a_request_is_made_shown_to_its_decider_and_approved_with_one_press(charlie, olivia, listed):
    role = Role.objects.get(slug=Job.RESEARCHER)
    given = {"collection": listed.pk, "role": role.pk, "purpose": "Feasibility", "legal_basis": "preparatory"}
    response = post(charlie, "request", **given, days="20")
    asked = AccessRequest.objects.get()
    assert response["Location"] == reverse("access:request-detail", args=[asked.pk])
    assert "Feasibility" in body_of(charlie, "request-detail", asked.pk)
    assert reverse("access:request-detail", args=[asked.pk]) in body_of(olivia, "overview")
    until = f"{timezone.now() + timedelta(days=20):%Y-%m-%d}"
    assert f"Approve until {until}" in body_of(olivia, "request-detail", asked.pk)
    post(olivia, "request-approve", asked.pk, role=role.pk, days="20")
    grant = Grant.objects.get(user=charlie)
    assert grant.approver == olivia
    assert "Approved by olivia" in body_of(charlie, "request-detail", asked.pk)


def test_whoever_decides_is_shown_the_minimum_necessary_and_may_approve_that(olivia, charlie, asked):
    body = body_of(olivia, "request-detail", asked.pk)
    assert "Researcher would do." in body
    smaller = Role.objects.get(slug=Job.RESEARCHER)
    post(olivia, "request-approve", asked.pk, role=smaller.pk, days="30")
    assert Grant.objects.get(user=charlie).role == smaller
    assert "less than was asked for" in body_of(charlie, "request-detail", asked.pk)


def test_whoever_decides_is_warned_of_duties_that_would_not_be_kept_apart(olivia, bob, listed):
    give_grant(bob, Job.ADMINISTRATOR, listed)
    officer = Role.objects.get(slug=Job.COMPLIANCE_OFFICER)
    asked = request_access(bob, officer, listed, purpose="Audit", legal_basis=LegalBasis.OPERATIONS, days=3)
    assert "could give access past the requests they decide" in body_of(olivia, "request-detail", asked.pk)


def test_a_denial_without_a_reason_is_refused_and_keeps_the_request_open(olivia, asked):
    assert post(olivia, "request-deny", asked.pk, reason=" ").status_code == 422
    asked.refresh_from_db()
    assert asked.state == "open"
    post(olivia, "request-deny", asked.pk, reason="No protocol yet")
    assert "No protocol yet" in body_of(asked.requester, "request-detail", asked.pk)


def test_a_request_is_not_there_for_those_who_neither_made_nor_decide_it(bob, asked, research):
    elsewhere = User.objects.create(username="elsewhere")
    give_grant(elsewhere, Job.COMPLIANCE_OFFICER, research)
    for user in (bob, elsewhere):
        body_of(user, "request-detail", asked.pk, status=404)
    assert post(elsewhere, "request-approve", asked.pk, role=1, days=1).status_code == 404
    assert "Count the lungs" not in body_of(elsewhere, "overview")


# --- grants -----------------------------------------------------------------------------------------


def test_an_overseer_of_one_collection_sees_its_grants_and_no_others(olivia, alice, bob, research):
    hidden = give_grant(bob, Job.RESEARCHER, research)
    body = body_of(olivia, "grants")
    assert 'id="total">2<' in body
    assert "alice" not in body
    body_of(olivia, "grant", hidden.pk, status=404)
    body_of(olivia, "grant", Grant.objects.get(user=alice).pk, status=404)


def test_the_file_of_grants_holds_exactly_the_rows_of_the_page(alice, bob, charlie, radiology, research):
    give_grant(charlie, Job.RESEARCHER, research)
    query = f"?collection={radiology.pk}"
    assert 'id="total">1<' in body_of(alice, "grants", query=query)
    response = signed_in(alice).get(reverse("access:grants-csv") + query)
    lines = response.getvalue().decode().splitlines()
    assert len(lines) == 2
    assert ",bob,,Data steward,Radiology," in lines[1]
    assert AuditEvent.objects.filter(event=Event.ACCESS_VIEWED.value).count() == 1


def test_filters_of_grants_find_by_person_role_state_and_use(alice, bob, charlie, radiology):
    old = give_grant(charlie, Job.RESEARCHER, radiology)
    Grant.objects.filter(pk=old.pk).update(starts_at=timezone.now() - timedelta(days=200))
    for query, total in (
        ("?person=bo", 1),
        (f"?role={old.role_id}", 1),
        ("?state=ended", 0),
        ("?unused=on", 1),
        ("?state=nonsense", 3),
        ("?collection=x", 3),
    ):
        assert f'id="total">{total}<' in body_of(alice, "grants", query=query), query


def test_access_is_given_changed_and_revoked_on_the_pages(alice, charlie, radiology):
    role = Role.objects.get(slug=Job.RESEARCHER)
    until = timezone.localdate() + timedelta(days=5)
    given = {"person": "charlie", "role": role.pk, "collection": radiology.pk, "reason": "Works here"}
    post(alice, "grant-give", **given, until=until.isoformat())
    grant = Grant.objects.get(user=charlie)
    assert grant.expires_at.date() == until + timedelta(days=1)
    post(alice, "grant-end", grant.pk, until="", reason="Stays")
    grant.refresh_from_db()
    assert grant.expires_at is None
    post(alice, "grant-revoke", grant.pk, reason="Left")
    assert "Left" in body_of(alice, "grant", grant.pk)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"person": "nobody"}, "There is no such account"),
        ({"person": ""}, "Name a person or a group"),
        ({"until": "2001-01-01"}, "The end is over"),
    ],
)
def test_what_cannot_be_given_is_said_beside_the_form(change, said, alice, charlie, radiology):
    role = Role.objects.get(slug=Job.RESEARCHER)
    given = {"person": "charlie", "role": role.pk, "collection": radiology.pk, "reason": "Works here"}
    response = post(alice, "grant-give", **{**given, **change})
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not Grant.objects.filter(user=charlie).exists()


def test_everybody_may_give_up_what_they_were_given(bob):
    grant = Grant.objects.get(user=bob)
    assert "Give it up" in body_of(bob, "grant", grant.pk)
    assert post(bob, "grant-revoke", grant.pk, reason="Enough").status_code == 302
    grant.refresh_from_db()
    assert grant.revoked_by == bob


def test_a_local_manager_cannot_give_on_all_collections(charlie, bob, radiology):
    give_grant(charlie, Job.ADMINISTRATOR, radiology)
    role = Role.objects.get(slug=Job.RESEARCHER)
    response = post(charlie, "grant-give", person="bob", role=role.pk, collection="", reason="All")
    assert response.status_code == 422


def test_nobody_gives_access_to_themselves_on_the_page_and_the_try_is_recorded(alice, radiology):
    role = Role.objects.get(slug=Job.RESEARCHER)
    given = {"person": "alice", "role": role.pk, "collection": radiology.pk, "reason": "Works here"}
    response = post(alice, "grant-give", **given)
    assert response.status_code == 403
    assert "Nobody gives access to themselves" in response.content.decode()
    (refused,) = AuditEvent.objects.filter(event=Event.ACCESS_REFUSED)
    assert (refused.actor_id, refused.outcome) == (alice.pk, "refused")


# --- roles and groups -------------------------------------------------------------------------------


def test_a_change_of_a_role_is_shown_with_whom_it_touches_before_it_is_saved(alice, charlie, radiology):
    role = Role.objects.create(slug="reader", name="Reader", permissions=["catalog:read"])
    give_grant(charlie, role, radiology)
    given = {"name": "Reader", "permissions": ["catalog:read", "catalog:export"]}
    seen = post(alice, "role", role.pk, **given, step="preview").content.decode()
    assert "What this would change" in seen
    assert "charlie" in seen
    assert Role.objects.get(pk=role.pk).permissions == ["catalog:read"]
    post(alice, "role", role.pk, **given, step="save")
    assert Role.objects.get(pk=role.pk).permissions == ["catalog:export", "catalog:read"]


def test_whoever_manages_no_access_is_not_shown_whom_a_role_touches(olivia, charlie, research):
    role = Role.objects.create(slug="reader", name="Reader", permissions=["catalog:read"])
    give_grant(charlie, role, research)
    response = post(olivia, "role", role.pk, name="Reader", permissions=["catalog:export"])
    assert response.status_code == 403
    assert "charlie" not in response.content.decode()


def test_a_built_in_role_has_no_form_and_a_copy_begins_with_its_permissions(alice):
    steward = Role.objects.get(slug=Job.DATA_STEWARD)
    assert 'name="permissions"' not in body_of(alice, "role", steward.pk)
    body = body_of(alice, "role-new", query=f"?from={steward.pk}")
    assert body.count(" checked") == len(steward.permissions)


def test_members_are_added_and_removed_on_the_group_page_but_nobody_adds_themselves(alice, charlie):
    post(alice, "groups", name="Readers")
    group = Group.objects.get()
    post(alice, "group-add", group.pk, person="charlie")
    assert list(group.user_set.all()) == [charlie]
    assert post(alice, "group-add", group.pk, person="alice").status_code == 403
    post(alice, "group-remove", group.pk, person=charlie.pk)
    assert not group.user_set.exists()


# --- reviews ----------------------------------------------------------------------------------------


@pytest.fixture
def review(olivia, bob, radiology) -> AccessReview:
    return start_review(
        "Autumn", actor=olivia, due_on=timezone.localdate() + timedelta(days=7), collection=radiology
    )


def test_a_reviewer_decides_row_by_row_and_never_their_own(olivia, bob, review):
    body = body_of(olivia, "review", review.pk)
    assert "somebody else decides" in body
    own = ReviewRow.objects.get(grant__user=olivia)
    assert post(olivia, "review-decide", review.pk, own.pk, decision="keep").status_code == 403
    row = ReviewRow.objects.get(grant__user=bob)
    post(olivia, "review-decide", review.pk, row.pk, decision="revoke", reason="Left")
    row.refresh_from_db()
    assert row.decision == "revoke"
    assert Grant.objects.get(pk=row.grant_id).revoked_by == olivia


def test_the_review_page_says_how_many_rows_keep_it_open(olivia, review):
    assert "2 left" in body_of(olivia, "review", review.pk)
    response = signed_in(olivia).post(reverse("access:review-close", args=[review.pk]), follow=True)
    assert "2 rows are still undecided." in response.content.decode()


def test_ticked_rows_are_kept_with_a_reason_and_not_without(olivia, bob, review):
    row = ReviewRow.objects.get(grant__user=bob)
    client = signed_in(olivia)
    address = reverse("access:review-keep", args=[review.pk])
    said = client.post(address, {"row": [row.pk], "reason": ""}, follow=True).content.decode()
    assert "keeping many at once needs a reason" in said
    client.post(address, {"row": [row.pk], "reason": "All at work"})
    row.refresh_from_db()
    assert (row.decision, row.reason) == ("keep", "All at work")


def test_a_review_elsewhere_is_not_there(olivia, alice, research, bob):
    give_grant(bob, Job.RESEARCHER, research)
    officer = User.objects.create(username="other")
    give_grant(officer, Job.COMPLIANCE_OFFICER, research)
    hidden = start_review("Hidden", actor=officer, due_on=timezone.localdate(), collection=research)
    body_of(olivia, "review", hidden.pk, status=404)
    assert "Hidden" not in body_of(olivia, "reviews")
    row = hidden.rows.first()
    assert post(olivia, "review-decide", hidden.pk, row.pk, decision="keep").status_code == 404


# --- explanations, conflicts, collections -------------------------------------------------------------


def test_an_answer_quotes_the_deciding_grant(alice, bob, radiology):
    query = f"?person=bob&permission=crawl:control&collection={radiology.pk}"
    body = body_of(alice, "explain", query=query)
    assert "Yes" in body
    assert reverse("access:grant", args=[Grant.objects.get(user=bob).pk]) in body
    assert AuditEvent.objects.filter(event=Event.ACCESS_VIEWED.value, actor_id=alice.pk).exists()


def test_a_refusal_names_the_role_that_would_give_it_and_where_to_ask(charlie, listed):
    query = f"?person=charlie&permission=access:approve&collection={listed.pk}"
    body = body_of(charlie, "explain", query=query)
    assert "Compliance officer" in body
    assert "Request it" in body


def test_nobody_explains_people_whose_access_they_do_not_oversee(charlie, bob, olivia, research):
    hidden = User.objects.create(username="hidden")
    give_grant(hidden, Job.RESEARCHER, research)
    for user in (charlie, olivia):
        body = body_of(user, "explain", query="?person=hidden&permission=catalog:read")
        assert "There is no such account here." in body


def test_conflicts_are_listed_with_their_grants_where_they_are_overseen(alice, olivia, charlie, research):
    one = give_grant(charlie, Job.ADMINISTRATOR, research)
    give_grant(charlie, Job.COMPLIANCE_OFFICER, research)
    body = body_of(alice, "conflicts")
    assert reverse("access:grant", args=[one.pk]) in body
    assert "could give access past the requests they decide" in body
    assert "charlie" not in body_of(olivia, "conflicts")


def test_what_somebody_sees_is_shown_without_signing_in_as_them(alice, bob, radiology):
    body = body_of(alice, "seen-by", "bob")
    assert "Radiology" in body
    assert "crawl:control" in body
    assert AuditEvent.objects.filter(event=Event.ACCESS_VIEWED.value, actor_id=alice.pk).count() == 1
    body_of(bob, "seen-by", "alice", status=403)


def test_a_local_manager_sees_of_somebody_what_they_hold_there(charlie, bob, radiology, research):
    give_grant(charlie, Job.ADMINISTRATOR, radiology)
    give_grant(bob, Job.RESEARCHER, research)
    body = body_of(charlie, "seen-by", "bob")
    assert "Radiology" in body
    assert "Research<" not in body


def test_a_collection_is_made_and_changed_by_those_who_manage_collections(alice, olivia):
    given = {"name": "New", "description": "", "owner": "alice", "privacy_claim": "limited"}
    post(alice, "collection-new", **given)
    made = Collection.objects.get(name="New")
    post(alice, "collection", made.pk, **{**given, "is_listed": "on"})
    made.refresh_from_db()
    assert made.is_listed
    assert AuditEvent.objects.filter(collection_id=made.pk).count() == 2
    assert post(olivia, "collection-new", **given).status_code == 403
    assert post(alice, "collection-new", **given).status_code == 422


def test_the_page_for_a_source_leads_to_a_new_collection(alice):
    assert reverse("access:collection-new") in signed_in(alice).get("/sources/add").content.decode()


# --- broken glass -------------------------------------------------------------------------------------


def test_breaking_the_glass_is_not_there_for_those_who_cannot(charlie, olivia):
    for user in (charlie, olivia):
        body_of(user, "glass", status=404)
        assert post(user, "glass", reason="Please", minutes="5").status_code == 404


def test_a_broken_glass_stands_on_every_page_until_it_is_mended(charlie, radiology):
    User.objects.filter(pk=charlie.pk).update(is_superuser=True)
    superuser = User.objects.get(pk=charlie.pk)
    assert signed_in(superuser).get("/studies").status_code == 403
    post(superuser, "glass", reason="Everybody else is away", minutes="5")
    body = signed_in(superuser).get("/studies").content.decode()
    assert "The rules are set aside" in body
    assert "Everybody else is away" in body
    post(superuser, "glass-mend")
    assert signed_in(superuser).get("/studies").status_code == 403


def test_what_was_done_under_a_broken_glass_is_listed_for_review(alice, charlie, radiology):
    User.objects.filter(pk=charlie.pk).update(is_superuser=True)
    superuser = User.objects.get(pk=charlie.pk)
    glass = break_glass(superuser, reason="Fire", minutes=5)
    signed_in(superuser).get("/studies")
    assert "Fire" in body_of(alice, "glass")
    assert "catalog:studies" in body_of(alice, "glass-detail", glass.pk)
