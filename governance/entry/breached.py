"""Passwords that are known from breaches, looked up in a local file: nothing about a password leaves the machine.

The file is the list of SHA-1 hashes of Have I Been Pwned, ordered by hash, one `HASH:COUNT` a line: some 40 GB. A look-up
is a binary search on disk, of about forty reads and constant memory.
"""

import hashlib
import os
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_HASH_LENGTH = 40
_HEX = frozenset(b"0123456789ABCDEFabcdef")
# No line is longer: a hash, a colon, a count, CR and LF. What is longer is another file.
_LONGEST_LINE = 80
# How many places of the file the check at the start looks at.
_SAMPLES = 64


class NotAList(ValueError):
    """The file is not a list of SHA-1 hashes in order."""


def is_breached(password: str, path: Path) -> bool:
    """Whether the file lists the password. Raises OSError when it cannot be read, NotAList when it is none."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as file:
        low, high = 0, os.fstat(file.fileno()).st_size
        # Of the lines that begin in [low, high), the one that is wanted is among them if it is there at all.
        while low < high:
            middle = (low + high) // 2
            found, after = _first_line_from(file, middle, low)
            if found == wanted:
                return True
            if found is None or found > wanted:
                high = middle
            else:
                low = after
    return False


def _first_line_from(file: BinaryIO, place: int, low: int) -> tuple[bytes | None, int]:
    """The hash of the first line that begins at `place` or later, and where the next begins; None at the end."""
    file.seek(max(place - 1, low))
    if place > low:
        # What is left of the line that `place` is in: nothing, if one begins there.
        file.readline(_LONGEST_LINE)
    line = file.readline(_LONGEST_LINE)
    return (_hash_of(line), file.tell()) if line else (None, file.tell())


def _hash_of(line: bytes) -> bytes:
    digits = line[:_HASH_LENGTH]
    if len(digits) != _HASH_LENGTH or not _HEX.issuperset(digits) or line[_HASH_LENGTH:][:1] not in b":\r\n":
        raise NotAList("A line does not begin with a SHA-1 hash.")
    return digits.upper()


def check_list(path: Path) -> None:
    """Look at places all over the file. Raises OSError when it cannot be read, NotAList when it is no ordered list."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        before = b""
        for sample in range(_SAMPLES):
            found, _after = _first_line_from(file, size * sample // _SAMPLES, 0)
            if found is None:
                break
            if found < before:
                raise NotAList("Its lines are not ordered by hash.")
            before = found
        if not before:
            raise NotAList("It is empty.")


class NotBreachedValidator:
    """Refuses passwords that the installation's list of breached ones names. Without a list, none."""

    def validate(self, password: str, user: Any = None) -> None:  # noqa: ARG002 - Django calls it so
        path = settings.BREACHED_PASSWORDS
        if path is not None and is_breached(password, path):
            raise ValidationError(
                _("This password is known from a breach elsewhere: others try it first. Choose another."),
                code="password_breached",
            )

    def get_help_text(self) -> str:
        return _("Your password must not be known from a breach.")


@register()
def breached_passwords_can_be_looked_up(**_told: Any) -> list[CheckMessage]:
    """Say at the start, not at the first password, that the list is missing or no list."""
    path = settings.BREACHED_PASSWORDS
    if path is None:
        return []
    try:
        check_list(path)
    except OSError as error:
        problem = f"The list of breached passwords cannot be read: {error.strerror}."
    except NotAList as error:
        problem = f"The list of breached passwords cannot be used: {error}"
    else:
        return []
    hint = "ISOCENTER_BREACHED_PASSWORDS names the file of SHA-1 hashes, ordered by hash; empty it to do without."
    return [Error(problem, hint=hint, id="isocenter.E001")]
