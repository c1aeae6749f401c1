"""Everybody of the demo signs in and opens every page and answer there is: none holds what identifies somebody."""

import json
import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from pytest_django.plugin import DjangoDbBlocker

from catalog.actions.control_crawl import start_crawl
from catalog.actions.prepare_demo import prepare_demo
from catalog.models import Patient, Source, Study
from catalog.synthesis import synthesize
from catalog.views.lens import lens_address
from governance.actions.give_grant import give_grant
from governance.models import AuditEvent, Lens, User
from governance.personas import PERSONAS
from launcher.demo_record import DEFAULT_SEED, DEFAULT_STUDIES
from tests.catalog.crawl.conftest import work
from tests.web.conftest import signed_in

pytestmark = pytest.mark.django_db
# These end the sign-in, hold no data of the catalogue, or begin a transaction of their own, which the tests are in.
_NOT_FOLLOWED = re.compile(r"^/(sign-out|static/|api/docs|api/schema|audit/.*(proof|bundle))")
_LINK = re.compile(r"""\b(?:href|src|action|hx-get|hx-post)\s*=\s*["']([^"']+)["']""")
# What tells pages of one kind apart: codes, numbers.
_NUMBER = re.compile(r"\d+|[A-Z]{1,4}-\w+")
_PIECE = re.compile(rb"[<>\n\"]")
# How many pages of one kind: one person opens every study and patient, the others some.
EVERY, SOME = 70, 3
_EVERY_ONE = re.compile(r"^/(studies|series|instances|patients)/#$")
# Shorter ones, and short numbers, stand in any page.
SHORTEST, SHORTEST_NUMBER = 5, 8


@dataclass
class Gathered:
    """The pieces of text that somebody was sent, each once, with the address that sent it first."""

    pieces: dict[bytes, str] = field(default_factory=dict)
    addresses: list[str] = field(default_factory=list)
    # Links that led to a refusal, to nothing, or to a failure.
    dead: list[str] = field(default_factory=list)

    def take(self, address: str, response: Any) -> str:
        content: bytes = response.getvalue()
        self.addresses.append(address)
        headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
        for piece in _PIECE.split(content + b"\n" + headers.encode()):
            self.pieces.setdefault(piece, address)
        return content.decode(errors="replace")

    def holding(self, values: list[str]) -> dict[str, list[str]]:
        """Each value that some answer holds, as HTML and JSON write it, with the addresses of those answers.

        Every value has to be sought in every piece, thousands in megabytes: only those are whose every run of
        SHORTEST bytes stands somewhere at all.
        """
        runs = {piece[at : at + SHORTEST] for piece in self.pieces for at in range(len(piece) - SHORTEST + 1)}
        found: dict[str, list[str]] = {}
        for value in values:
            sought = [form for form in written(value) if all(run in runs for run in _runs(form))]
            if sought:
                at = [at for piece, at in self.pieces.items() if any(form in piece for form in sought)]
                found.update({value: at} if at else {})
        return found


def written(value: str) -> set[bytes]:
    """A value as it stands, and as JSON and HTML write it."""
    forms = {value, json.dumps(value)[1:-1], value.replace("&", "&amp;").replace("'", "&#x27;")}
    return {form.encode() for form in forms}


def _runs(form: bytes) -> list[bytes]:
    assert len(form) >= SHORTEST
    return [form[at : at + SHORTEST] for at in range(len(form) - SHORTEST + 1)]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The archive of `./isocenter demo`, and its answer key."""
    root = tmp_path_factory.mktemp("demo")
    synthesize(root, studies=DEFAULT_STUDIES, seed=DEFAULT_SEED)
    return root, json.loads((root / "answer_key.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def crawled(
    demo: tuple[Path, dict[str, Any]], django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[list[Source]]:
    """The demo as its people find it: collections, people, everything read. Read once, for all tests of this file."""
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("catalog.actions.work_on_crawl.PATIENCE_SECONDS", 0)
        sources = prepare_demo(demo[0])
        for source in sources:
            work(start_crawl(source, actor=None, allow_empty=True))
        assert Study.objects.held().count() > DEFAULT_STUDIES
        yield sources
        transaction.set_rollback(True)


@pytest.fixture
def telling(demo: tuple[Path, dict[str, Any]]) -> list[str]:
    """Every identifying value of the answer key that a page could only show by leaking it, in every form."""
    values = [row for row in demo[1]["identifying_values"] if row["leak"]]
    forms = {form for row in values for form in row["forms"]}
    # An invented patient may be called as one of the demo's staff.
    staff = {word for persona in PERSONAS for word in (persona.first_name, persona.last_name, persona.name)}
    long_enough = sorted(
        form for form in forms - staff if len(form) >= (SHORTEST_NUMBER if form.isdigit() else SHORTEST)
    )
    assert len(long_enough) > 1000
    return long_enough


def pages(client: Client, gathered: Gathered, most: int) -> None:
    """Open every page that can be reached from the first one by links, `most` of each kind."""
    waiting, seen, kinds = deque(["/"]), {"/"}, Counter[str]()
    while waiting:
        address = waiting.popleft()
        response = client.get(address)
        if response.status_code >= 400 and response.status_code != 405:
            gathered.dead.append(f"{response.status_code} {address}")
        if response.status_code in {301, 302}:
            found = [response["Location"]]
        else:
            found = _LINK.findall(gathered.take(address, response))
        for link in found:
            target = urldefrag(urljoin(address, unescape(link))).url
            kind = _NUMBER.sub("#", urlsplit(target).path)
            if target in seen or not target.startswith("/") or _NOT_FOLLOWED.match(target):
                continue
            seen.add(target)
            kinds[kind] += 1
            if kinds[kind] <= (most if _EVERY_ONE.match(kind) else SOME):
                waiting.append(target)


def answers(client: Client, gathered: Gathered) -> None:
    """Ask for every list of the API, and for some rows of each with all that hangs on them."""
    paths = SchemaGenerator().get_schema(public=True)["paths"]
    readable = [path for path, operations in paths.items() if "get" in operations]
    for path in (path for path in readable if "{" not in path):
        listed = client.get(path)
        gathered.take(path, listed)
        body = listed.json() if listed.status_code == 200 else {}
        rows = body.get("results", []) if isinstance(body, dict) else []
        below = [each for each in readable if each.startswith(f"{path}{{id}}")]
        for row in [row for row in rows if "id" in row][:SOME]:
            for each in below:
                address = each.replace("{id}", str(row["id"]))
                gathered.take(address, client.get(address))


def people() -> Iterator[User]:
    yield from User.objects.filter(username__in=[persona.username for persona in PERSONAS])
    auditor = User.objects.create(
        username="outside",
        kind=User.Kind.AUDITOR,
        active_until=timezone.now() + timedelta(days=1),
    )
    for grant in User.objects.get(username="auditor").grants.all():
        give_grant(auditor, grant.role, grant.collection, expires_at=grant.expires_at)
    yield auditor


def test_no_page_and_no_answer_holds_what_identifies_anybody_of_the_demo(crawled, telling):
    """While somebody has lenses open in other sign-ins; and no page leads its reader to what they may not open."""
    open_lenses(User.objects.get(username="compliance"))
    for user in people():
        gathered = Gathered()
        client = signed_in(user)
        most = EVERY if user.username == "compliance" else SOME
        pages(client, gathered, most)
        answers(client, gathered)
        assert len(gathered.addresses) > (400 if most == EVERY else 80), (user, len(gathered.addresses))
        assert gathered.dead == [], user
        assert gathered.holding(telling) == {}, user


def test_the_search_would_find_what_a_lens_shows(crawled, telling):
    """The same search, with the lens in the same sign-in: else it could not fail."""
    client = signed_in(User.objects.get(username="compliance"))
    study = named_study()
    client.post(f"/lens/study/{study.code}", {"purpose": "audit", "scope": "study", "minutes": 15})
    gathered = Gathered()
    gathered.take("study", client.get(f"/studies/{study.code}"))
    assert gathered.holding(telling)


def test_the_trail_holds_nothing_that_identifies_anybody_of_the_demo(crawled, telling):
    client = signed_in(User.objects.get(username="compliance"))
    for patient in Patient.objects.all()[:20]:
        client.post(f"/lens/patient/{patient.code}", {"purpose": "audit", "scope": "patient", "minutes": 5})
        client.get(f"/patients/{patient.code}")
    gathered = Gathered()
    for event in AuditEvent.objects.all():
        gathered.pieces.setdefault(bytes(event.payload), str(event.pk))
    assert AuditEvent.objects.filter(event="phi.viewed").count() == 20
    assert gathered.holding(telling) == {}


def named_study() -> Study:
    named = Study.objects.exclude(patient__patient_name="").select_related(
        "patient__collection", "collection"
    )
    return named.earliest("id")


def open_lenses(user: User) -> None:
    """Three sign-ins of one person, each with a lens of another scope, and each having used it."""
    study = named_study()
    source = Source.objects.earliest("id")
    for target in (study, study.patient, source):
        client = signed_in(user)
        form = {"purpose": "audit", "minutes": 15, "scope": lens_address(user, target).split("/")[2]}
        assert client.post(lens_address(user, target), form).status_code == 302
        assert client.get("/quarantine" if target is source else f"/studies/{study.code}").status_code == 200
    assert Lens.objects.count() == 3
