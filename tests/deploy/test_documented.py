"""The documents say what the code says: every variable, every cause, every address they lead to."""

import re
from pathlib import Path

import pytest

from catalog.dicom import EXPLANATIONS, Cause
from catalog.sources import ObstacleCause
from governance.permissions import BUILTIN_ROLES
from launcher import testing
from tests.deploy.recipe import ROOT, settings_variables

CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
VARIABLES = dict(re.findall(r"^\| `([A-Z0-9_]+)` \| (.+) \|$", CONFIGURATION, re.MULTILINE))
CRAWL = (ROOT / "docs" / "guides" / "crawl.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)(?:#[^)]*)?\)")


def test_every_variable_has_its_row():
    assert settings_variables() - VARIABLES.keys() == set()


def test_no_row_names_a_variable_that_nobody_reads():
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    from_compose = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    assert VARIABLES.keys() - settings_variables() - from_compose == set()


def test_every_row_says_what_happens_without_it():
    assert not [name for name, row in VARIABLES.items() if row.count(" | ") < 1]


def test_what_the_tests_never_take_over_from_the_shell_is_documented():
    assert set(testing.NEVER_INHERITED) <= VARIABLES.keys()


@pytest.mark.parametrize("cause", EXPLANATIONS)
def test_the_guide_explains_every_cause_in_the_words_of_the_pages(cause: Cause):
    known = EXPLANATIONS[cause]
    assert f"| {known.title} | `{cause.value}` | {known.remedy} |" in CRAWL.splitlines()


@pytest.mark.parametrize("cause", ObstacleCause)
def test_the_guide_explains_what_the_walk_does_not_look_into(cause: ObstacleCause):
    assert f"| {cause.title} | `{cause.value}` | {cause.remedy} |" in CRAWL.splitlines()


def test_the_guide_explains_no_cause_that_there_is_not():
    explained = re.findall(r"^\| [^|]+ \| `(\w+)` \| [^|]+ \|$", CRAWL, re.MULTILINE)
    assert sorted(explained) == sorted([*(cause.value for cause in EXPLANATIONS), *ObstacleCause])


def test_the_guide_names_every_role():
    privacy = (ROOT / "docs" / "guides" / "privacy.md").read_text(encoding="utf-8")
    assert not [role for role, sheet in BUILTIN_ROLES.items() if sheet.name.lower() not in privacy]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(document: Path):
    away = [
        link
        for link in LINK.findall(document.read_text(encoding="utf-8"))
        if not (document.parent / link).exists()
    ]
    assert not away


def test_decisions_are_numbered_without_gaps():
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
    for path in (ROOT / "docs" / "decisions").glob("*.md"):
        assert path.read_text(encoding="utf-8").startswith(f"# {path.name[:4]} "), path.name


def test_the_readme_stays_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120
