"""What every kind of place promises (catalog.sources.Place), whatever holds its files."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.sources import KINDS, Listed, Obstacle, Place, SourceUnreachable, open_place

# Their order tells code points from folders' own order: "a-b" and "a.dcm" surround "a/".
FILES = {
    "a-b/1": b"one",
    "a.dcm": b"two",
    "a/1": b"three" * 9000,
    "a/2/deep": b"",
    "ä/ü": b"four",
    "z": b"five",
}


@dataclass(frozen=True)
class Holding:
    """A place with FILES in it, and how to change it from outside."""

    kind: str
    location: str
    put: Callable[[str, bytes], object]
    remove: Callable[[str], object]
    take_away: Callable[[], object]

    @property
    def place(self) -> Place:
        return open_place(self.kind, self.location)


def folder(root: Path) -> Holding:
    def put(locator: str, content: bytes) -> None:
        (root / locator).parent.mkdir(parents=True, exist_ok=True)
        (root / locator).write_bytes(content)

    return Holding(
        "folder", str(root), put, lambda locator: (root / locator).unlink(), lambda: shutil.rmtree(root)
    )


MAKERS = {"folder": folder}


@pytest.fixture(params=sorted(KINDS))
def holding(request: pytest.FixtureRequest, tmp_path: Path) -> Holding:
    made = MAKERS[request.param](tmp_path / "place")
    for locator, content in FILES.items():
        made.put(locator, content)
    return made


def listed(place: Place, after: str = "") -> list[str]:
    return [entry.locator for entry in place.walk(after) if isinstance(entry, Listed)]


def test_every_file_is_listed_once_in_the_order_of_code_points(holding):
    assert listed(holding.place) == sorted(FILES)


def test_a_walk_goes_on_after_any_locator(holding):
    for after in [*FILES, "a", "a/", "a/1x", "zz", ""]:
        assert listed(holding.place, after) == [locator for locator in sorted(FILES) if locator > after]


def test_a_listed_file_is_described_as_it_is(holding):
    place = holding.place
    for entry in place.walk():
        assert isinstance(entry, Listed)
        assert entry.size == len(FILES[entry.locator])
        assert place.look(entry.locator) == entry


def test_a_file_is_read_at_any_offset(holding):
    content = FILES["a/1"]
    with holding.place.open("a/1") as opened:
        assert opened.size == len(content)
        assert opened.read_at(0, 5) == content[:5]
        assert opened.read_at(20_000, 30) == content[20_000:20_030]
        assert opened.read_at(len(content) - 3, 100) == content[-3:]
        assert opened.read_at(len(content) + 1, 10) == b""


def test_a_changed_file_is_told_from_the_one_before(holding):
    before = holding.place.look("z")
    holding.put("z", b"another")
    assert holding.place.look("z") != before


def test_a_file_that_is_gone_is_not_found(holding):
    place = holding.place
    holding.remove("z")
    with pytest.raises(FileNotFoundError):
        place.look("z")
    with pytest.raises(FileNotFoundError), place.open("z"):
        pass
    assert "z" not in listed(place)


def test_a_place_knows_itself_again_and_no_other(holding, tmp_path):
    identity = holding.place.identity()
    holding.place.check(identity)
    with pytest.raises(SourceUnreachable):
        holding.place.check("another")


def test_a_place_that_is_away_says_so(holding):
    place = holding.place
    holding.take_away()
    with pytest.raises(SourceUnreachable):
        place.check()
    with pytest.raises(SourceUnreachable):
        list(place.walk())
    with pytest.raises(SourceUnreachable):
        open_place(holding.kind, holding.location)


NAMES = st.text(st.sampled_from("ab-./\\éZ\u4e00"), min_size=1, max_size=6).filter(
    lambda name: name.strip("/.") and "//" not in name and not name.startswith("/") and not name.endswith("/")
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sets(NAMES, max_size=8), NAMES)
def test_names_of_all_sorts_are_walked_in_order_from_anywhere(tmp_path_factory, names, after):
    root = tmp_path_factory.mktemp("names")
    for name in names:
        parts = [part for part in name.split("/") if part not in (".", "..")]
        path = root.joinpath(*parts)
        if parts and not path.is_dir() and not any(parent.is_file() for parent in path.parents):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
    place = open_place("folder", str(root))
    everything = listed(place)

    assert everything == sorted(everything)
    assert len(everything) == sum(len(files) for _, _, files in os.walk(root))
    assert listed(place, after) == [locator for locator in everything if locator > after]
    assert not [entry for entry in place.walk() if isinstance(entry, Obstacle)]
