"""Sessions end: without activity, in the end, with the account, and when somebody says so."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from governance.actions.end_sessions import end_sessions
from governance.audit.events import Event
from governance.credentials import session_credential
from governance.models import AuditEvent, Lens, Session, User
from governance.tasks import forget_sessions
from tests.web.conftest import signed_in

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def row_of(client: Client) -> Session:
    return Session.objects.get(pk=client.session.session_key)


def aged(client: Client, **ages: timedelta) -> None:
    row = Session.objects.filter(pk=client.session.session_key)
    row.update(**{name: timezone.now() - age for name, age in ages.items()})


def asked(answer) -> dict[str, list[str]]:
    assert urlsplit(answer["Location"]).path == "/sign-in"
    return parse_qs(urlsplit(answer["Location"]).query)


def test_a_session_ends_without_activity_and_the_way_back_is_kept(alice, settings):
    client = signed_in(alice)
    aged(client, last_seen_at=settings.SESSION_IDLE_LIMIT)
    answer = client.get("/studies?modality=CT")
    assert asked(answer) == {"ended": ["idle"], "next": ["/studies?modality=CT"]}
    assert "30 minutes without activity" in client.get(answer["Location"]).content.decode()
    told = AuditEvent.objects.filter(event=Event.SESSION_EXPIRED).latest("id").told
    assert (told["actor"]["id"], told["detail"]) == (alice.pk, {"why": "idle"})
    assert told["credential"].startswith("session:")


def test_a_session_ends_after_its_time_however_busy_it_is(alice, settings):
    client = signed_in(alice)
    aged(client, started_at=settings.SESSION_ABSOLUTE_LIMIT)
    assert asked(client.get("/"))["ended"] == ["limit"]
    assert not Session.objects.of(alice).exists()


def test_activity_keeps_a_session_alive(alice, settings):
    client = signed_in(alice)
    aged(client, last_seen_at=settings.SESSION_IDLE_LIMIT - timedelta(minutes=1))
    assert client.get("/").status_code == 200
    assert timezone.now() - row_of(client).last_seen_at < timedelta(minutes=1)


def test_a_page_that_looks_for_news_by_itself_keeps_no_session_alive(alice, settings):
    client = signed_in(alice)
    aged(client, last_seen_at=settings.SESSION_IDLE_LIMIT - timedelta(minutes=1))
    before = row_of(client).last_seen_at
    assert client.get("/sources", headers={"HX-Request": "true"}).status_code == 200
    assert row_of(client).last_seen_at == before


def test_presence_is_written_at_most_once_a_minute(alice, django_assert_num_queries):
    client = signed_in(alice)
    client.get("/account")
    before = row_of(client).last_seen_at
    client.get("/account")
    assert row_of(client).last_seen_at == before


def test_a_form_of_a_session_that_is_over_leads_to_its_page_and_is_not_sent_again(alice, settings):
    client = signed_in(alice)
    aged(client, last_seen_at=settings.SESSION_IDLE_LIMIT)
    page = {"Referer": "http://testserver/sources/add"}
    answer = client.post("/preferences", {"theme": "dark"}, headers=page)
    assert asked(answer)["next"] == ["/sources/add"]
    alice.refresh_from_db()
    assert alice.preferences == {}


def test_the_way_back_never_leads_to_another_site(alice, settings):
    client = signed_in(alice)
    aged(client, last_seen_at=settings.SESSION_IDLE_LIMIT)
    answer = client.post("/preferences", headers={"Referer": "https://elsewhere.example/"})
    assert asked(answer)["next"] == ["/"]


def test_a_polling_page_of_a_session_that_is_over_goes_to_the_sign_in(alice, settings):
    client = signed_in(alice)
    aged(client, last_seen_at=settings.SESSION_IDLE_LIMIT)
    headers = {"HX-Request": "true", "Referer": "http://testserver/sources"}
    answer = client.get("/sources", headers=headers)
    assert answer["HX-Redirect"] == "/sign-in?ended=idle&next=%2Fsources"


def test_the_api_says_that_nobody_is_signed_in_when_a_session_is_over(alice, settings):
    client = signed_in(alice)
    aged(client, last_seen_at=settings.SESSION_IDLE_LIMIT)
    assert client.get("/api/me/").status_code == 401


def test_a_session_ends_with_its_account(alice):
    client = signed_in(alice)
    User.objects.filter(pk=alice.pk).update(active_until=timezone.now())
    assert asked(client.get("/"))["ended"] == ["account"]


def test_what_somebody_does_in_a_session_is_known_by_it_and_its_key_is_nowhere(alice):
    client = signed_in(alice)
    client.get("/studies.csv")
    key = client.session.session_key or ""
    told = AuditEvent.objects.filter(event=Event.EXPORTED).latest("id").told
    assert told["credential"] == session_credential(key)
    recorded = [bytes(each.payload).decode() for each in AuditEvent.objects.all()]
    assert not [payload for payload in recorded if key in payload]


def test_one_sees_where_one_is_signed_in_and_ends_the_others(alice):
    here, there = signed_in(alice), Client(headers={"user-agent": FIREFOX})
    there.force_login(alice)
    alice.set_password("a long enough password")
    alice.save()
    there = Client(headers={"user-agent": FIREFOX})
    there.post("/sign-in", {"username": "alice", "password": "a long enough password"})
    here = signed_in(alice)
    body = here.get("/account").content.decode()
    assert "Firefox on Linux" in body
    assert "127.0.0.1" in body
    here.post("/account/sessions/end")
    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200
    assert AuditEvent.objects.filter(event=Event.SESSIONS_ENDED).exists()


def test_lenses_close_with_the_sessions_that_opened_them(alice, radiology):
    client = signed_in(alice)
    now = timezone.now()
    lens = Lens.objects.create(
        user=alice,
        credential=session_credential(client.session.session_key or ""),
        purpose="quality",
        scope="study",
        scope_id=1,
        collection=radiology,
        closes_at=now + timedelta(minutes=15),
    )
    assert end_sessions(alice, actor=alice) == 1
    lens.refresh_from_db()
    assert lens.closed_at is not None


@pytest.mark.parametrize("ended", ["plaid", "<script>"])
def test_the_sign_in_page_says_nothing_it_was_told_by_an_address(client, db, ended):
    body = client.get("/sign-in", {"ended": ended}).content.decode()
    assert ended not in body


def test_what_is_over_is_removed_and_what_is_open_stays(alice):
    over, still_open = signed_in(alice), signed_in(alice)
    Session.objects.filter(pk=over.session.session_key).update(expire_date=timezone.now())
    forget_sessions()
    assert [row.pk for row in Session.objects.of(alice)] == [still_open.session.session_key]
