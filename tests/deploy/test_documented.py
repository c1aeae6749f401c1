"""docs/configuration.md: every variable that settings reads, and none that it does not."""

import re

from launcher import testing
from tests.deploy.recipe import ROOT, settings_variables

TEXT = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `([A-Z_]+)` \| (.+) \|$", TEXT, re.MULTILINE))


def test_every_variable_has_its_row():
    assert settings_variables() - ROWS.keys() == set()


def test_no_row_names_a_variable_that_nobody_reads():
    from_compose = set(
        re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert ROWS.keys() - settings_variables() - from_compose == set()


def test_every_row_says_what_happens_without_it():
    assert not [name for name, row in ROWS.items() if row.count(" | ") < 1]


def test_what_the_tests_never_take_over_from_the_shell_is_documented():
    assert set(testing.NEVER_INHERITED) <= ROWS.keys()
