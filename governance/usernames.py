"""User names: which can be chosen, and how addresses and filters say those that they could not hold as they are."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LONGEST = 150
# Written out, each of up to four bytes of a character is two digits.
LONGEST_IN_ADDRESS = 1 + LONGEST * 4 * 2
_PLAIN = re.compile(r"\w[\w.@+-]{0,149}")
# The first part of an address below /people that is no account's.
RESERVED = frozenset({"invitations", "services"})
# No name that can be chosen begins with it.
_WRITTEN_OUT = "~"


def check_username(name: str) -> None:
    """Raise ValidationError for a name that nobody may choose: one that an address, a filter or a file could misread."""
    if not _PLAIN.fullmatch(name):
        raise ValidationError(
            _(
                "A user name has up to 150 letters, digits and @ . + - _, and begins with a letter, a digit or _."
            ),
            code="username",
        )
    if name.casefold() in RESERVED:
        raise ValidationError(_("This name is kept for a page: choose another."), code="username")


def username_for(email: str) -> str:
    """Return the name of an account that is made from an e-mail address: _ stands for what no name holds."""
    name = re.sub(r"[^\w.@+-]", "_", email)[:LONGEST]
    return name if _PLAIN.fullmatch(name) else f"_{name[1:]}"


def in_address(name: str) -> str:
    """Return a name as an address or a filter says it; one that nobody could choose today is written out in hex."""
    is_plain = _PLAIN.fullmatch(name) and name.casefold() not in RESERVED
    return name if is_plain else f"{_WRITTEN_OUT}{name.encode().hex()}"


def from_address(text: str) -> str:
    """Return the name that a text of an address means, the inverse of `in_address`."""
    if not text.startswith(_WRITTEN_OUT):
        return text
    try:
        name = bytes.fromhex(text[1:]).decode()
    except ValueError:
        return text
    # No name has it, and the database takes no question with it.
    return text if "\0" in name else name


class UsernameConverter:
    """A user name in an address, `<username:…>`."""

    regex = r"[^/\0]+"

    def to_python(self, value: str) -> str:
        return from_address(value)

    def to_url(self, value: str) -> str:
        return in_address(value)
