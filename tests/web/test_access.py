"""What the pages offer and say to those who may not do everything; who may open which: tests/access."""

from django.urls import get_resolver, reverse

from tests.web.conftest import signed_in
from tests.web.pages import addresses


def test_a_filter_on_another_collection_is_left_out_and_says_so(held, elsewhere, bob):
    body = signed_in(bob).get(f"/studies?collection={elsewhere.study.collection_id}").content.decode()
    assert "outside your access" in body


def test_an_auditor_sees_no_control(held, auditor):
    body = signed_in(auditor).get(addresses(held)["source"]).content.decode()
    assert '/crawl"' not in body
    assert '/retry"' not in body


def test_the_navigation_holds_only_what_may_be_opened(held, researcher):
    body = signed_in(researcher).get(reverse("catalog:home")).content.decode()
    assert reverse("catalog:studies") in body
    assert f'href="{reverse("catalog:sources")}" data-go' not in body


def test_error_pages_are_ours_and_name_the_request(held, charlie, bob):
    for client, address, status in (
        (signed_in(charlie), "/studies", 403),
        (signed_in(bob), "/studies/CT-XXXX", 404),
        (signed_in(bob), "/nowhere", 404),
    ):
        response = client.get(address)
        assert response.status_code == status
        assert response.headers["X-Request-ID"] in response.content.decode()


def test_a_broken_page_says_so_without_a_trace(held, bob, monkeypatch):
    def broken(*_args, **_options):
        raise RuntimeError("Quixotesecret")

    monkeypatch.setattr("catalog.views.home._holdings", broken)
    client = signed_in(bob)
    client.raise_request_exception = False
    response = client.get("/")
    body = response.content.decode()
    assert response.status_code == 500
    assert response.headers["X-Request-ID"] in body
    assert "Traceback" not in body
    assert "Quixotesecret" not in body


def test_the_resolver_knows_our_error_pages():
    resolver = get_resolver()
    for code in (400, 403, 404, 500):
        assert resolver.resolve_error_handler(code).__module__ == "governance.views.failures"


def test_who_is_refused_is_led_to_where_access_is_asked_for(charlie):
    answer = signed_in(charlie).get("/studies")
    assert answer.status_code == 403
    assert 'href="/access"' in answer.content.decode()
