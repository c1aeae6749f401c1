"""What Isocenter is made of, and which known faults concern it, without asking anybody."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from governance.supply.advisories import is_affected
from governance.supply.bill import _licences
from governance.supply.lock import read_lock

HASH = "a" * 64
LOCK = f"""\
# This file was compiled.
left-right==1.4.2 \\
    --hash=sha256:{HASH} \\
    --hash=sha256:{"b" * 64}
    # via isocenter (pyproject.toml)
Many_Words==2.0.post1 ; sys_platform == 'win32' \\
    --hash=sha256:{"c" * 64}
plain==0.9
"""


def advisory(name: str = "left-right", **affected: Any) -> dict[str, Any]:
    """An OSV document as PyPA's database has them, of a package that does not exist."""
    return {
        "id": "PYSEC-2026-1",
        "modified": "2026-11-01T00:00:00Z",
        "aliases": ["CVE-2026-0001"],
        "summary": "Left is taken for right.",
        "affected": [{"package": {"ecosystem": "PyPI", "name": name}, **affected}],
    }


def events(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"ranges": [{"type": "ECOSYSTEM", "events": [{kind: at} for kind, at in pairs]}]}


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    file = tmp_path / "lock.txt"
    file.write_text(LOCK)
    return file


def run(*words: object) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command(*map(str, words), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_a_lock_is_read_with_versions_markers_and_hashes(lock):
    found = {each.name: each for each in read_lock(lock)}
    assert sorted(found) == ["left-right", "many-words", "plain"]
    assert found["left-right"].hashes == (HASH, "b" * 64)
    assert found["many-words"].marker == "sys_platform == 'win32'"
    assert found["many-words"].version == "2.0.post1"


def test_our_own_lock_is_read_whole():
    file = settings.BASE_DIR / "requirements" / "base.txt"
    found = read_lock(file)
    assert len(found) == file.read_text(encoding="utf-8").count("==") - sum(
        each.marker.count("==") for each in found
    )
    assert all(each.hashes for each in found)


def test_the_bill_names_every_package_with_its_hashes_and_licence(tmp_path):
    target = tmp_path / "bill.json"
    run("sbom", target)
    bill = json.loads(target.read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    parts = {each["name"]: each for each in bill["components"]}
    django = parts["django"]
    assert django["purl"] == f"pkg:pypi/django@{django['version']}"
    assert all(len(each["content"]) == 64 for each in django["hashes"])
    assert django["licenses"]
    assert bill["metadata"]["component"]["name"] == "isocenter"
    licensed = [each for each in parts.values() if "licenses" in each]
    assert len(licensed) > 0.9 * len(parts)


def test_the_same_lock_makes_the_same_bill_and_another_lock_another(tmp_path, lock):
    first, second, third = (tmp_path / name for name in ("1.json", "2.json", "3.json"))
    run("sbom", first, "--lock", lock)
    run("sbom", second, "--lock", lock)
    lock.write_text(LOCK.replace("1.4.2", "1.4.3"))
    run("sbom", third, "--lock", lock)
    assert first.read_bytes() == second.read_bytes()
    serials = [json.loads(each.read_text())["serialNumber"] for each in (first, third)]
    assert serials[0] != serials[1]
    part = next(each for each in json.loads(first.read_text())["components"] if each["name"] == "many-words")
    assert part["properties"] == [{"name": "isocenter:marker", "value": "sys_platform == 'win32'"}]


def test_a_package_that_is_not_installed_has_no_licence_in_the_bill():
    assert list(_licences("no-such-package-of-a-test")) == []


CASES = [
    ({"versions": ["1.4.1", "1.4.2"]}, True),
    ({"versions": ["1.4.2.0"]}, True),
    ({"versions": ["1.4.20"]}, False),
    (events(("introduced", "0"), ("fixed", "1.4.3")), True),
    (events(("introduced", "0"), ("fixed", "1.4.2")), False),
    (events(("introduced", "1.4.2")), True),
    (events(("introduced", "1.5")), False),
    (events(("introduced", "1.0"), ("last_affected", "1.4.2")), True),
    (events(("introduced", "1.0"), ("last_affected", "1.4.1")), False),
    (events(("introduced", "0"), ("fixed", "1.2"), ("introduced", "1.4"), ("fixed", "1.5")), True),
    (events(("introduced", "1.4"), ("fixed", "1.5"), ("introduced", "0"), ("fixed", "1.2")), True),
    (events(("introduced", "0"), ("fixed", "1.2"), ("introduced", "1.5"), ("fixed", "1.6")), False),
    ({"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}, False),
    ({}, False),
]


@pytest.mark.parametrize(("affected", "expected"), CASES)
def test_a_version_is_held_against_versions_and_ranges(affected, expected):
    assert is_affected("1.4.2", affected) is expected


versions = st.tuples(*[st.integers(0, 9)] * 3).map(lambda parts: ".".join(map(str, parts)))


@given(versions, versions, versions)
def test_a_range_holds_exactly_the_versions_from_introduced_to_before_fixed(version, introduced, fixed):
    if Version(introduced) < Version(fixed):
        affected = events(("introduced", introduced), ("fixed", fixed))
        assert is_affected(version, affected) is (Version(introduced) <= Version(version) < Version(fixed))


def test_a_match_is_told_in_a_table_with_status_one(tmp_path, lock):
    (tmp_path / "found.json").write_text(
        json.dumps(advisory("Left.Right", **events(("introduced", "0"), ("fixed", "1.5"))))
    )
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 matches") as failed:
        call_command("advisories", str(tmp_path / "found.json"), "--lock", str(lock), stdout=out)
    assert failed.value.returncode == 1
    assert [
        word in out.getvalue() for word in ("left-right", "1.4.2", "CVE-2026-0001", "1.5", "Left is taken")
    ] == [True] * 5


@pytest.mark.parametrize(
    "document",
    [
        advisory("another-package", versions=["1.4.2"]),
        {**advisory(versions=["1.4.2"]), "withdrawn": "2026-11-02T00:00:00Z"},
        {
            **advisory(),
            "affected": [{"package": {"ecosystem": "npm", "name": "left-right"}, "versions": ["1.4.2"]}],
        },
        {"id": "PYSEC-2026-2"},
    ],
)
def test_what_does_not_concern_the_lock_is_no_match(tmp_path, lock, document):
    (tmp_path / "other.json").write_text(json.dumps(document))
    assert "0 matches" in run("advisories", tmp_path / "other.json", "--lock", lock)[1]


def test_a_folder_of_json_and_yaml_and_an_export_are_read(tmp_path, lock):
    folder = tmp_path / "vulns" / "left-right"
    folder.mkdir(parents=True)
    (folder / "PYSEC-2026-1.json").write_text(json.dumps({"vulns": [advisory(versions=["1.0"])] * 2}))
    (folder / "PYSEC-2026-2.yaml").write_text(
        "id: PYSEC-2026-2\naffected:\n- package: {ecosystem: PyPI, name: plain}\n  versions: ['0.9']\n"
    )
    (folder / "README.md").write_text("no advisory")
    with pytest.raises(CommandError, match="3 advisories, 3 packages: 1 matches"):
        run("advisories", tmp_path / "vulns", "--lock", lock)


@pytest.mark.parametrize("content", ["no json", "[1]", '{"no": "id"}'])
def test_what_is_no_advisory_is_an_error_and_not_a_clean_result(tmp_path, lock, content):
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(CommandError) as failed:
        run("advisories", tmp_path / "bad.json", "--lock", lock)
    assert failed.value.returncode == 2


def test_nothing_to_read_is_an_error_and_not_a_clean_result(tmp_path, lock):
    for place in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(CommandError) as failed:
            run("advisories", place, "--lock", lock)
        assert failed.value.returncode == 2
