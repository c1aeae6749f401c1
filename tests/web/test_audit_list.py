"""The trail as a list: each reader within their Collections, pages without doubles, filters that name no patient."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from catalog.codes import code_of
from governance.actions.give_grant import give_grant
from governance.actions.record import Deed, Thing, record_many
from governance.audit.events import Event, Outcome
from governance.audit.origin import Channel
from governance.models import AuditEvent, User
from governance.permissions import Job
from governance.trail.words import CHANNELS, GROUPS, OUTCOMES
from tests.web.conftest import signed_in
from tests.web.trail_events import happened, newest, own_trail  # noqa: F401 - a fixture

pytestmark = pytest.mark.usefixtures("own_trail")

MRN = "MRN80031337"
CODE = code_of("CT", 1)


@pytest.fixture
def overseer(db) -> User:
    """Reads the whole trail."""
    user = User.objects.create(username="olaf")
    give_grant(user, Job.COMPLIANCE_OFFICER)
    return user


def body(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def shown(page: str) -> list[int]:
    """The numbers of the events that a page lists."""
    return [int(number) for number in re.findall(r'href="/audit/(\d+)" data-open', page)]


def total(page: str) -> str:
    return re.search(r'id="total">([^<]+)<', page)[1]


def link(page: str, rel: str) -> str:
    return re.search(rf'rel="{rel}" href="([^"]+)"', page)[1].replace("&amp;", "&")


@pytest.fixture
def three(radiology, research) -> tuple[AuditEvent, AuditEvent, AuditEvent]:
    """One of radiology, one of a Collection beside it, one of none."""
    return happened(collection=radiology), happened(collection=research), happened(Event.AUDIT_VERIFIED)


def test_a_reader_of_one_collection_sees_its_events_alone(three, auditor):
    page = body(signed_in(auditor), "/audit")
    own = set(
        AuditEvent.objects.filter(collection_id=auditor.grants.get().collection_id).values_list(
            "id", flat=True
        )
    )
    assert three[0].pk in own
    assert set(shown(page)) == own
    assert total(page) == str(len(own))


def test_neither_bars_nor_counts_tell_of_other_collections(three, auditor, research):
    for _more in range(30):
        happened(collection=research)
    page = body(signed_in(auditor), "/audit")
    bars = re.findall(r'<td class="num">([\d,]+)</td>', page)
    assert sum(int(n.replace(",", "")) for n in bars) == int(total(page))


@pytest.mark.parametrize("place", ["", "/proof"])
def test_an_event_outside_ones_collections_is_not_there(three, auditor, place):
    client = signed_in(auditor)
    assert client.get(f"/audit/{three[0].pk}").status_code == 200
    assert client.get(f"/audit/{three[1].pk}{place}").status_code == 404
    assert client.get(f"/audit/{three[2].pk}{place}").status_code == 404


def test_a_person_who_did_nothing_one_may_see_is_as_unknown_as_nobody(auditor, alice, bob, research):
    happened(collection=research, actor=alice)
    client = signed_in(auditor)
    assert client.get("/audit/people/alice").status_code == 404
    answers = [
        client.post("/audit/filter", {"person": name}, follow=True) for name in ("alice", "nobody-at-all")
    ]
    first, second = (
        re.findall(r'role="status">.*?</div>', answer.content.decode(), re.DOTALL) for answer in answers
    )
    assert first == second != []


def test_the_whole_reader_sees_events_of_no_collection(three, overseer):
    assert {event.pk for event in three} <= set(shown(body(signed_in(overseer), "/audit")))


def test_who_may_not_read_the_trail_is_refused(alice):
    assert signed_in(alice).get("/audit").status_code == 403


def test_pages_have_no_doubles_while_events_arrive(overseer, radiology):
    record_many(Deed(event=Event.OBJECT_VIEWED, collection=radiology) for _n in range(120))
    client = signed_in(overseer)
    first = body(client, "/audit?event=catalog.viewed")
    for _new in range(7):
        happened(collection=radiology)
    second = body(client, link(first, "next"))
    third = body(client, link(second, "next"))
    seen = shown(first) + shown(second) + shown(third)
    assert len(seen) == len(set(seen)) == 120
    assert seen == sorted(seen, reverse=True)
    assert shown(body(client, link(third, "prev"))) == shown(second)


def test_a_period_comes_without_asking_and_can_be_chosen(overseer):
    old, new = happened(ago=timedelta(days=9)), happened()
    client = signed_in(overseer)
    assert old.pk not in shown(body(client, "/audit?size=200"))
    assert {old.pk, new.pk} <= set(shown(body(client, "/audit?size=200&period=30d")))
    day = f"{old.recorded_at:%Y-%m-%d}"
    assert shown(body(client, f"/audit?from={day}&to={day}")) == [old.pk]


@pytest.fixture
def varied(radiology, alice, bob) -> dict[str, AuditEvent]:
    return {
        "person=bob": happened(actor=bob),
        "person=-&event=lens.closed": happened(Event.LENS_CLOSED),
        f"event=grant.given&object=study:{CODE}": happened(Event.GRANT_GIVEN, things=(Thing("study", CODE),)),
        "outcome=failed": happened(outcome=Outcome.FAILED),
        "collection={radiology}&event=lens.opened": happened(Event.LENS_OPENED, collection=radiology),
        "channel=api": happened(channel=Channel.API, detail={"channel": "web"}),
        "object=source:77": happened(things=(Thing("source", 77),)),
        "correlation=abcdefabcdef": happened(correlation="abcdefabcdef"),
        "credential=token:77": happened(credential="token:77", detail={"credential": "token:78"}),
    }


def test_each_filter_finds_its_event_and_no_other(varied, overseer, radiology):
    client = signed_in(overseer)
    for query, event in varied.items():
        assert shown(body(client, f"/audit?{query.format(radiology=radiology.pk)}")) == [event.pk], query


def test_what_only_the_details_say_is_not_found_by_a_filter(varied, overseer):
    client = signed_in(overseer)
    assert shown(body(client, "/audit?credential=token:78")) == []
    assert varied["channel=api"].pk not in shown(body(client, "/audit?channel=web&size=200"))


def test_values_of_one_filter_widen_and_filters_narrow(varied, overseer):
    client = signed_in(overseer)
    both = shown(body(client, "/audit?event=lens.closed&event=lens.opened"))
    assert len(both) == 2
    assert shown(body(client, "/audit?event=lens.closed&event=lens.opened&person=bob")) == []


@pytest.mark.parametrize("name", ["person", "object", "correlation", "credential"])
@pytest.mark.parametrize("typed", [MRN, f"study:{MRN}", f"patient:{MRN}"])
def test_what_is_typed_gets_into_no_address_unless_it_names_no_patient(name, typed, overseer):
    client = signed_in(overseer)
    before = AuditEvent.objects.latest("id").pk
    answer = client.post("/audit/filter", {name: typed, "query": f"{name}={typed}"}, follow=True)
    where = answer.redirect_chain[-1][0]
    assert MRN not in where
    assert MRN.encode() not in answer.content
    assert MRN.encode() not in b"".join(
        bytes(each.payload) for each in AuditEvent.objects.filter(id__gt=before)
    )


def test_a_form_adds_to_the_filters_at_hand(overseer, bob):
    happened(actor=bob)
    form = {"query": "period=30d&event=catalog.viewed", "person": "bob", "outcome": "success"}
    where = signed_in(overseer).post("/audit/filter", form)["Location"]
    assert parse_qs(urlsplit(where).query) == {
        "period": ["30d"],
        "event": ["catalog.viewed"],
        "person": ["bob"],
        "outcome": ["success"],
    }


def test_a_filter_that_is_not_understood_is_left_out_and_said(overseer, three):
    page = body(signed_in(overseer), "/audit?outcome=purple&correlation=x'y")
    assert "was not understood" in page
    assert three[0].pk in shown(page)
    assert "x&#x27;y" not in page.partition("<main")[2]


def test_a_long_trail_is_estimated_and_says_so(overseer, radiology, monkeypatch):
    monkeypatch.setattr("governance.sizes.COUNTED_UP_TO", 30)
    record_many(Deed(event=Event.OBJECT_VIEWED, collection=radiology) for _n in range(80))
    client = signed_in(overseer)
    page = body(client, "/audit?event=catalog.viewed")
    assert total(page).startswith("≈")
    assert "/audit/histogram?" in page
    assert total(body(client, "/audit?event=catalog.viewed&count=exact")) == "80"


def test_each_bar_leads_to_as_many_events_as_it_says(overseer, radiology):
    for days in (0, 0, 1, 3, 3, 3):
        happened(Event.CRAWL_ENDED, ago=timedelta(days=days), collection=radiology)
    client = signed_in(overseer)
    bars = re.findall(r'<a href="([^"]+)" title="[^"]+: (\d+)"', body(client, "/audit?event=crawl.ended"))
    assert sum(int(n) for _url, n in bars) == 6
    for url, n in bars:
        assert total(body(client, url.replace("&amp;", "&"))) == n


def test_one_look_is_one_event_and_what_the_page_fetches_is_none(overseer):
    client = signed_in(overseer)
    reads = AuditEvent.objects.filter(event=Event.AUDIT_READ)
    body(client, "/audit?outcome=refused")
    assert reads.count() == 1
    told = newest(Event.AUDIT_READ)
    assert ["outcome", "refused"] in told["detail"]["filter"]
    assert told["actor"]["name"] == "olaf"
    body(client, "/audit/histogram?outcome=refused")
    assert reads.count() == 1


def test_a_view_is_kept_restored_and_removed(overseer, auditor):
    client = signed_in(overseer)
    client.post("/audit/views", {"name": "Refusals", "query": "period=30d&outcome=refused&nonsense=1"})
    page = body(client, "/audit")
    assert re.search(r'href="(/audit\?period=30d&amp;outcome=refused)">Refusals<', page)
    assert "Refusals" not in body(signed_in(auditor), "/audit")
    client.post("/audit/views/drop", {"name": "Refusals"})
    assert ">Refusals<" not in body(client, "/audit")


def test_there_is_an_end_to_the_views_that_somebody_keeps(overseer, monkeypatch):
    monkeypatch.setattr("governance.actions.keep_audit_view.MOST_VIEWS", 2)
    client = signed_in(overseer)
    for name in ("a", "b", "c"):
        client.post("/audit/views", {"name": name, "query": ""})
    overseer.refresh_from_db()
    assert list(overseer.preferences["audit_views"]) == ["a", "b"]


def test_the_list_asks_as_little_of_fifty_events_as_of_one(
    overseer, radiology, django_assert_max_num_queries
):
    record_many(
        Deed(
            event=Event.OBJECT_VIEWED, actor=overseer, things=(Thing("user", overseer.pk), Thing("source", n))
        )
        for n in range(60)
    )
    client = signed_in(overseer)
    body(client, "/audit")
    with django_assert_max_num_queries(40):
        body(client, "/audit?event=catalog.viewed")


def test_everything_that_can_happen_has_a_name_for_people():
    named = [event for _title, group in GROUPS for event in group]
    assert sorted(named) == sorted(Event)
    assert set(OUTCOMES) == set(Outcome)
    assert set(CHANNELS) == set(Channel)


def test_an_object_that_no_page_takes_any_more_is_named_without_a_link(overseer):
    event = happened(things=(Thing("event", "of/long-ago"), Thing("unicorn", 7), Thing("user", 10**12)))
    page = body(signed_in(overseer), f"/audit/{event.pk}")
    assert "of/long-ago" in page
    assert "unicorn" in page


def test_an_event_is_told_in_words_and_in_the_forms_of_others(overseer, bob, radiology):
    event = happened(
        Event.LENS_OPENED,
        actor=bob,
        collection=radiology,
        purpose="incident",
        things=(Thing("study", CODE), Thing("user", bob.pk)),
        correlation="abcdefabcdef",
        channel=Channel.API,
    )
    other = happened(correlation="abcdefabcdef")
    page = body(signed_in(overseer), f"/audit/{event.pk}")
    for word in (
        "Lens opened",
        "/audit/people/bob",
        "incident",
        "Radiology",
        "API",
        "192.0.2.7",
        "not sealed yet",
    ):
        assert word in page, word
    assert f'href="/studies/{CODE}"' in page
    assert f'href="/audit/{other.pk}"' in page
    assert "AuditMessage" in page
    assert "resourceType" in page
    assert bytes(event.leaf_hash).hex() in page
