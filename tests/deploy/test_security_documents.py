"""The documents on security name tests and files that are there, and leave no requirement out."""

import re
from collections import Counter

from tests.deploy.recipe import ROOT

ASVS = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| V([\d.]+) \| ([12]) \| (.+?) \| ([a-z ]+) \| (.+) \|$", ASVS, re.MULTILINE)
# OWASP ASVS 5.0.0 has 70 requirements of level 1 and 183 of level 2.
LEVELS = {"1": 70, "2": 183}
SECTIONS = 17


def test_every_requirement_of_levels_one_and_two_is_there_once():
    assert Counter(level for _, level, *_ in ROWS) == LEVELS
    numbers = [number for number, *_ in ROWS]
    assert len(set(numbers)) == len(numbers)
    assert {int(number.split(".")[0]) for number in numbers} == set(range(1, SECTIONS + 1))
    assert ASVS.count("\n| V") == len(ROWS)


def test_the_sums_are_those_of_the_rows():
    told = dict(re.findall(r"^\| (met|partly|not met|not applicable) \| (\d+) \|$", ASVS, re.MULTILINE))
    assert {name: int(count) for name, count in told.items()} == Counter(row[3] for row in ROWS)


def test_whatever_is_not_met_says_why():
    assert not [
        number for number, _, _, state, why in ROWS if state in {"partly", "not met"} and len(why) < 8
    ]


def test_every_file_that_is_named_is_there():
    named = set(re.findall(r"`((?:tests|governance|catalog|static)/[\w/.]+)`", ASVS + SECURITY))
    named |= set(re.findall(r"\b(docs/[\w/]+\.md)", ASVS))
    assert len(named) > 60
    assert not sorted(name for name in named if not (ROOT / name).exists())


def test_the_threat_model_covers_each_kind_and_says_what_remains():
    table = SECURITY.split("## Threat model")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("|")][2:]
    assert all(len(row) == 6 for row in rows)
    kinds = {row[0].strip() for row in rows} - {""}
    assert kinds == {
        "Spoofing",
        "Tampering",
        "Repudiation",
        "Information disclosure",
        "Denial of service",
        "Elevation of privilege",
    }
    assert all("`" in row[4] for row in rows)
