"""Passwords known from breaches are found in a list on disk, with few reads and without loading it."""

import hashlib
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from governance.entry import breached
from governance.entry.breached import NotAList, breached_passwords_can_be_looked_up, check_list, is_breached

WORDS = [f"password number {number}" for number in range(5000)]


def hash_of(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def written(path: Path, words: list[str], *, end: str = "\r\n", last: str = "") -> Path:
    """As Have I Been Pwned publishes it: CR LF between lines, none after the last."""
    lines = [f"{digest}:{number + 1}" for number, digest in enumerate(sorted(map(hash_of, words)))]
    path.write_bytes((end.join(lines) + last).encode())
    return path


@pytest.fixture(scope="module")
def listed(tmp_path_factory) -> Path:
    return written(tmp_path_factory.mktemp("breached") / "hashes.txt", WORDS)


def test_every_listed_password_is_found_and_no_other(listed):
    assert all(is_breached(word, listed) for word in WORDS)
    assert not any(is_breached(f"another {number}", listed) for number in range(2000))


@pytest.mark.parametrize("many", [1, 2, 3])
@pytest.mark.parametrize(("end", "last"), [("\r\n", ""), ("\n", "\n")])
def test_short_lists_and_both_ends_of_lines_are_read(tmp_path, many, end, last):
    path = written(tmp_path / "short.txt", WORDS[:many], end=end, last=last)
    assert all(is_breached(word, path) for word in WORDS[:many])
    assert not is_breached("another", path)


def test_a_look_up_reads_a_few_lines_of_the_file(listed, monkeypatch):
    first_line = Mock(wraps=breached._first_line_from)
    monkeypatch.setattr(breached, "_first_line_from", first_line)
    is_breached("another", listed)
    assert first_line.call_count <= 20


def test_a_listed_password_is_refused_with_the_reason(listed, settings):
    settings.BREACHED_PASSWORDS = listed
    with pytest.raises(ValidationError, match="known from a breach"):
        validate_password(WORDS[17])
    validate_password("quartz elephant whistle")


def test_without_a_list_the_common_ones_are_refused_all_the_same(settings):
    settings.BREACHED_PASSWORDS = None
    with pytest.raises(ValidationError, match="too common"):
        validate_password("password1234")


def test_the_start_says_that_the_list_is_missing(settings, tmp_path):
    settings.BREACHED_PASSWORDS = tmp_path / "nowhere.txt"
    (problem,) = breached_passwords_can_be_looked_up()
    assert "cannot be read" in problem.msg


def test_the_start_says_that_the_list_is_not_in_order(settings, tmp_path, listed):
    lines = listed.read_bytes().split(b"\r\n")
    path = tmp_path / "shuffled.txt"
    path.write_bytes(b"\r\n".join(lines[2500:] + lines[:2500]))
    settings.BREACHED_PASSWORDS = path
    (problem,) = breached_passwords_can_be_looked_up()
    assert "not ordered" in problem.msg


@pytest.mark.parametrize("content", [b"", b"hello\nworld\n", b"0" * 39 + b":1\n", b"{" * 100_000])
def test_another_file_is_not_taken_for_a_list(tmp_path, content):
    path = tmp_path / "other.txt"
    path.write_bytes(content)
    with pytest.raises(NotAList):
        check_list(path)


def test_a_good_list_is_not_complained_about(settings, listed):
    settings.BREACHED_PASSWORDS = listed
    assert breached_passwords_can_be_looked_up() == []
