"""Who may open which page, and that what is hidden cannot be told from what is not there."""

import pytest
from django.urls import get_resolver, reverse

from catalog import urls
from governance.permissions import Permission
from tests.web.conftest import signed_in
from tests.web.pages import addresses

READERS = ["alice", "bob", "auditor", "researcher"]
# Page by page, who of radiology's people gets in. Charlie, who holds nothing, gets in nowhere.
MATRIX = {
    "home": READERS,
    "find": READERS,
    "studies": READERS,
    "study-facets": READERS,
    "study": READERS,
    "series": READERS,
    "instance": READERS,
    "patients": READERS,
    "patient": READERS,
    "studies-csv": ["alice", "bob", "auditor"],
    "studies-zip": ["alice", "bob", "auditor"],
    "sources": ["alice", "bob", "auditor"],
    "source": ["alice", "bob", "auditor"],
    "crawl-progress": ["alice", "bob", "auditor"],
    "tasks": ["alice", "bob", "auditor"],
    "quarantine": ["alice", "bob", "auditor"],
    "status": ["alice", "bob", "auditor"],
    "source-add": ["alice"],
}


@pytest.mark.parametrize("page", MATRIX)
def test_a_page_opens_for_those_whose_role_includes_it(page, held, request):
    for name in [*READERS, "charlie"]:
        client = signed_in(request.getfixturevalue(name))
        status = client.get(addresses(held)[page]).status_code
        assert status == (200 if name in MATRIX[page] else 403), name


def test_every_page_is_in_the_matrix_or_takes_no_get(held):
    posts = {"study-columns", "crawl-start", "quarantine-retry", "crawl-control"}
    pictures = {"thumbnail", "series-thumbnail"}
    assert {pattern.name for pattern in urls.urlpatterns} == MATRIX.keys() | posts | pictures


def test_every_page_declares_its_permission():
    for pattern in urls.urlpatterns:
        assert isinstance(pattern.callback.permission, Permission), pattern.name


@pytest.mark.parametrize("page", MATRIX)
def test_a_stranger_is_sent_to_the_sign_in_page(page, held, client):
    response = client.get(addresses(held)[page])
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("sign-in"))


@pytest.mark.parametrize("page", ["study", "series", "instance", "patient", "source", "crawl-progress"])
def test_another_collection_s_things_are_not_found(page, held, elsewhere, bob):
    response = signed_in(bob).get(addresses(elsewhere)[page])
    assert response.status_code == 404
    assert "outside your access" in response.content.decode() or response.content


def test_another_collection_s_pictures_are_not_found(elsewhere, bob):
    for name, code in (("thumbnail", elsewhere.instance.code), ("series-thumbnail", elsewhere.series.code)):
        assert signed_in(bob).get(reverse(f"catalog:{name}", args=[code])).status_code == 404


def test_lists_and_counts_leave_out_another_collection(held, elsewhere, bob):
    client = signed_in(bob)
    for page in ("studies", "patients", "sources", "quarantine", "home"):
        body = client.get(addresses(held)[page].partition("?")[0]).content.decode()
        assert elsewhere.study.code not in body
        assert elsewhere.source.name not in body
    assert 'id="total">1<' in client.get(reverse("catalog:studies")).content.decode()


def test_a_filter_on_another_collection_is_left_out_and_says_so(held, elsewhere, bob):
    body = signed_in(bob).get(f"/studies?collection={elsewhere.study.collection_id}").content.decode()
    assert "outside your access" in body


@pytest.mark.parametrize("verb", ["pause", "resume", "cancel"])
def test_an_auditor_sees_no_control_and_may_send_none(verb, held, auditor):
    client = signed_in(auditor)
    body = client.get(addresses(held)["source"]).content.decode()
    assert '/crawl"' not in body
    assert '/retry"' not in body
    assert client.post(reverse("catalog:crawl-control", args=[held.crawl.pk, verb])).status_code == 403
    assert client.post(reverse("catalog:crawl-start", args=[held.source.pk])).status_code == 403
    assert client.post(reverse("catalog:quarantine-retry", args=[held.source.pk])).status_code == 403


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
