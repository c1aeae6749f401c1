"""No page, file, title, address or alternative text holds anything that identifies."""

import io
import re
import zipfile

import pytest

from tests.factories import SECRETS
from tests.web.conftest import signed_in
from tests.web.pages import addresses

PAGES = [
    "home", "find", "studies", "study-facets", "study", "series", "instance", "patients", "patient", "sources",
    "source", "crawl-progress", "tasks", "quarantine", "status", "studies-csv", "studies-zip", "source-add",
]  # fmt: skip


def _texts(response) -> str:
    content = response.getvalue()
    if response["Content-Type"] == "application/zip":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = b"".join(archive.read(name) for name in archive.namelist())
    return content.decode() + str(response.headers)


@pytest.mark.parametrize("page", PAGES)
def test_nothing_identifying_reaches_anybody(page, held, alice):
    shown = _texts(signed_in(alice).get(addresses(held)[page]))
    assert [secret for secret in SECRETS if secret in shown] == []


@pytest.mark.parametrize("query", ["q=Quixotesecret", "q=MRN80031337", "q=Hospitalsecret", "q=20210719"])
def test_the_header_s_filter_cannot_be_used_to_guess_what_is_hidden(query, held, alice):
    address = addresses(held)["instance"].partition("?")[0]
    body = signed_in(alice).get(f"{address}?{query}").content.decode()
    assert "No element matches" in body


def test_what_was_typed_into_the_code_box_is_not_repeated(held, alice):
    body = signed_in(alice).post("/find", {"code": "Quixotesecret"}).content.decode()
    assert "Quixotesecret" not in body
    assert "This is not a code" in body


def test_what_is_hidden_is_marked(held, alice):
    body = signed_in(alice).get(addresses(held)["instance"]).content.decode()
    assert re.search(r"PatientName.*?class=\"masked\".*?PHI", body, re.DOTALL)


def test_addresses_hold_only_codes_and_numbers(held, alice):
    body = signed_in(alice).get("/studies").content.decode()
    for address in re.findall(r'href="(/[^"]*)"', body):
        assert not any(secret in address for secret in SECRETS)


def test_signed_in_pages_are_kept_by_no_cache(held, alice):
    for page in ("home", "study", "instance", "studies-csv"):
        assert signed_in(alice).get(addresses(held)[page])["Cache-Control"] == "private, no-store"


def test_the_policy_allows_nothing_inline(held, alice):
    client = signed_in(alice)
    for page in (
        "home",
        "studies",
        "study",
        "series",
        "instance",
        "source",
        "source-add",
        "quarantine",
        "status",
    ):
        response = client.get(addresses(held)[page])
        assert "unsafe" not in response["Content-Security-Policy"]
        body = response.content.decode()
        assert " style=" not in body
        assert not re.search(r"<script(?![^>]*\bsrc=)", body)
        assert not re.search(r"\son\w+=\"", body)
        assert not re.search(r"(?:src|href)=\"https?:", body)
