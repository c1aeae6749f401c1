"""Whoever may write into a source's folder leads no reader out of it, and sources lie where they may."""

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.actions.add_source import add_source, preview_source
from catalog.actions.confinement import OutOfBounds, place_of, real_root
from catalog.actions.control_crawl import start_crawl
from catalog.actions.refusals import Refused
from catalog.models import Source
from catalog.sources import Listed, Obstacle, SourceUnreachable, open_place

SECRET = b"what lies outside of the source"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "secret").write_bytes(SECRET)
    (folder / "secret").write_bytes(SECRET)
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "secret").write_bytes(b"inside")
    (folder / "secret").write_bytes(b"inside")
    return folder


def read(root: Path, locator: str) -> bytes:
    with open_place("folder", str(root)).open(locator) as opened:
        return opened.read_at(0, 100)


def swap_for_link(path: Path, target: Path) -> None:
    path.rename(path.with_name("aside"))
    path.symlink_to(target)


def test_a_link_that_takes_a_files_place_is_not_read(root, outside):
    swap_for_link(root / "secret", outside / "secret")
    with pytest.raises(OSError, match="symbolic"):
        read(root, "secret")


def test_a_link_that_takes_a_folders_place_is_not_gone_through(root, outside):
    place = open_place("folder", str(root))
    assert place.look("deep/secret").size == len(b"inside")
    swap_for_link(root / "deep", outside / "deep")
    fresh = open_place("folder", str(root))
    for each in (fresh.look, lambda locator: fresh.open(locator).__enter__()):
        with pytest.raises(NotADirectoryError):
            each("deep/secret")


def test_a_walk_does_not_list_what_a_link_in_a_folders_place_leads_to(root, outside):
    (outside / "deep" / "only outside").write_bytes(b"x")
    walk = open_place("folder", str(root)).walk()
    first = next(walk)
    assert isinstance(first, Listed)
    assert first.locator == "deep/secret"
    walk = open_place("folder", str(root)).walk(after="deep/")
    swap_for_link(root / "deep", outside / "deep")
    found = list(walk)
    assert "deep/only outside" not in {entry.locator for entry in found}


def test_no_file_from_outside_is_read_while_folders_are_exchanged(root, outside):
    """A thousand readings against a writer who exchanges the folder for a link as quickly as it can."""
    stop = threading.Event()

    def exchange() -> None:
        folder, aside, link = root / "deep", root / "aside", root / "link"
        link.symlink_to(outside / "deep")
        while not stop.is_set():
            folder.rename(aside)
            link.rename(folder)
            folder.rename(link)
            aside.rename(folder)

    writer = threading.Thread(target=exchange)
    writer.start()
    try:
        seen = set()
        for _ in range(1000):
            try:
                seen.add(read(root, "deep/secret"))
            except (OSError, SourceUnreachable):
                continue
    finally:
        stop.set()
        writer.join()
    assert seen <= {b"inside"}


@pytest.mark.parametrize("locator", ["../outside/secret", "deep/../../outside/secret", "deep/..", "..", "."])
def test_no_locator_leads_above_the_root(root, outside, locator):
    with pytest.raises((OSError, ValueError)):
        read(root, locator)


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


@pytest.mark.parametrize("make", [make_pipe, make_socket])
def test_what_is_no_regular_file_is_neither_listed_nor_waited_for(
    root, make: Callable[[Path], None], monkeypatch
):
    monkeypatch.chdir(root)
    make(Path("special"))
    place = open_place("folder", str(root))
    found = {entry.locator: entry for entry in place.walk()}
    assert isinstance(found["special"], Obstacle)
    with pytest.raises(OSError), place.open("special"):  # noqa: PT011 - either way of refusing will do
        pass


def test_a_device_is_not_read():
    with pytest.raises(OSError, match="no regular file"), open_place("folder", "/dev").open("null"):
        pass


def test_a_folder_that_is_made_again_is_seen_and_not_the_one_before(root):
    place = open_place("folder", str(root))
    assert place.look("deep/secret").size == 6
    (root / "deep").rename(root / "old")
    (root / "deep").mkdir()
    (root / "deep" / "new").write_bytes(b"x")
    assert place.look("deep/new").size == 1


def test_no_descriptor_is_left_open(root):
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0  # noqa: PTH208
    for _ in range(20):
        place = open_place("folder", str(root))
        assert len(list(place.walk())) == 2
        with place.open("deep/secret"), pytest.raises(OSError, match="No such"):
            place.look("nowhere/at/all")
    del place
    assert not before or len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


@pytest.fixture
def source(radiology, root, settings) -> Source:
    settings.SOURCE_ROOTS = [root.parent]
    return add_source(radiology, name="Archive", location=str(root), actor=None)


def test_a_source_whose_root_becomes_a_link_out_of_bounds_is_not_opened_any_more(source, root, outside):
    elsewhere = root.parent.parent / f"{root.parent.name}-elsewhere"
    outside.rename(elsewhere)
    swap_for_link(root, elsewhere)
    with pytest.raises(OutOfBounds):
        place_of(source)
    with pytest.raises(Refused, match="ISOCENTER_SOURCE_ROOTS"):
        start_crawl(source, actor=None)


def test_a_place_is_not_opened_through_a_link(root, tmp_path):
    (tmp_path / "alias").symlink_to(root)
    with pytest.raises(SourceUnreachable, match="link"):
        open_place("folder", str(tmp_path / "alias"))
    with pytest.raises(SourceUnreachable, match="link"):
        open_place("folder", str(tmp_path / "alias" / "deep"))


def test_roots_that_are_narrowed_later_hold_for_sources_that_are_there(source, root, settings):
    settings.SOURCE_ROOTS = [root / "deep"]
    with pytest.raises(OutOfBounds):
        place_of(source)


def test_a_root_that_is_a_link_itself_is_taken_for_where_it_leads(root, tmp_path, settings):
    (tmp_path / "alias").symlink_to(root)
    settings.SOURCE_ROOTS = [tmp_path / "alias"]
    assert real_root(str(root / "deep")) == str(root / "deep")
    with pytest.raises(OutOfBounds):
        real_root(str(tmp_path))


@pytest.mark.parametrize("location", ["../outside", "deep/../../outside", "link", "link/deep"])
def test_neither_dots_nor_links_lead_out_of_the_roots(location, root, outside, radiology, alice, settings):
    (root / "link").symlink_to(outside)
    settings.SOURCE_ROOTS = [root]
    for act in (
        preview_source,
        lambda at, **who: add_source(who["collection"], name="x", location=at, actor=alice),
    ):
        with pytest.raises(Refused, match="ISOCENTER_SOURCE_ROOTS"):
            act(f"{root}/{location}", actor=alice, collection=radiology)


def test_a_folder_beside_a_root_whose_name_begins_alike_is_outside(root, tmp_path, settings):
    (tmp_path / "root-of-others").mkdir()
    settings.SOURCE_ROOTS = [root]
    with pytest.raises(OutOfBounds):
        real_root(str(tmp_path / "root-of-others"))


@pytest.mark.parametrize("location", ["/", "/etc", "/proc/self", "/dev/pts", "/sys", "/etc/../etc/ssl"])
def test_the_systems_own_folders_are_no_source_whatever_the_roots_say(location, settings):
    for settings.SOURCE_ROOTS in ([], [Path("/")]):
        with pytest.raises(OutOfBounds):
            real_root(location)


def test_the_folder_with_isocenters_keys_is_no_source(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "var"
    for location in (tmp_path, tmp_path / "var"):
        with pytest.raises(OutOfBounds, match="own data"):
            real_root(str(location))
    assert real_root(str(tmp_path / "var" / "demo-archive"))
