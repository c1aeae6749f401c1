"""What audit events name, as `kind:number` or `kind:code`, and the pages that show it.

The apps above say at their start what their kinds are called and which URL name shows one, so that governance imports
nothing from above.
"""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Collection as Container
from dataclasses import dataclass
from typing import NamedTuple

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.models import Collection, User


class Reference(NamedTuple):
    """An object as a page names it: what it is, what it is called, and where it is shown, "" for nowhere."""

    kind: str | Promise
    text: str
    url: str


# From numbers to what they are called and where they are shown; who is gone is left out.
Names = Callable[[Container[int]], Mapping[int, tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object: `url_name` takes its number or code; `names` looks up many numbers at once.

    `is_coded` says that events name it by a code with a check letter, and never by a number.
    """

    title: str | Promise
    url_name: str = ""
    names: Names | None = None
    is_coded: bool = False


_kinds: dict[str, Kind] = {}
_readers: list[Callable[[str], str | None]] = []


def announce(name: str, kind: Kind) -> None:
    """Let objects of a kind be called and shown so."""
    _kinds[name] = kind


def read_codes_with(reader: Callable[[str], str | None]) -> None:
    """Have `reader` say which object a code stands for, as `kind:code`; None where it is no code."""
    _readers.append(reader)


def named_by(typed: str) -> str | None:
    """Return the object that somebody typed, by `kind:number` or by a code that is checked; None for anything else.

    Nothing else gets into an address: sooner or later somebody types a name or a record number.
    """
    kind, colon, number = typed.partition(":")
    if colon and kind in _kinds:
        if not _kinds[kind].is_coded:
            return typed if number.isascii() and number.isdecimal() and len(number) < 19 else None
        found = _read(number)
        return found if found and found.startswith(f"{kind}:") else None
    return None if colon else _read(typed)


def _read(typed: str) -> str | None:
    return next((found for reader in _readers if (found := reader(typed))), None)


def references(names: Iterable[str]) -> dict[str, Reference]:
    """Return how each object is called and shown, with one query for each kind that has to be looked up."""
    wanted = dict.fromkeys(names)
    by_kind: dict[str, set[int]] = {}
    for kind, number in (name.split(":", 1) for name in wanted if ":" in name):
        if number.isdecimal() and kind in _kinds and _kinds[kind].names:
            by_kind.setdefault(kind, set()).add(int(number))
    known = {
        kind: found(numbers) for kind, numbers in by_kind.items() if (found := _kinds[kind].names) is not None
    }
    return {name: _reference(name, known) for name in wanted}


def _reference(name: str, known: Mapping[str, Mapping[int, tuple[str, str]]]) -> Reference:
    word, _colon, number = name.partition(":")
    kind = _kinds.get(word)
    if kind is None:
        return Reference(word, number, "")
    if kind.names is not None:
        text, url = known.get(word, {}).get(int(number) if number.isdecimal() else -1, (number, ""))
        return Reference(kind.title, text, url)
    return Reference(kind.title, number, _address(kind.url_name, number))


def _address(url_name: str, number: str) -> str:
    """Return where an object is shown; an event of long ago may name one in a way that no page takes any more."""
    try:
        return reverse(url_name, args=[number]) if url_name else ""
    except NoReverseMatch:
        return ""


def _people(numbers: Container[int]) -> dict[int, tuple[str, str]]:
    found = User.objects.filter(pk__in=numbers).values_list("pk", "username")
    return {pk: (name, reverse("audit:person", args=[name])) for pk, name in found}


def _collections(numbers: Container[int]) -> dict[int, tuple[str, str]]:
    return {
        pk: (name, "") for pk, name in Collection.objects.filter(pk__in=numbers).values_list("pk", "name")
    }


announce("user", Kind(_("Person"), names=_people))
announce("answerable", Kind(_("Who answers for it"), names=_people))
announce("collection", Kind(_("Collection"), names=_collections))
announce("event", Kind(_("Event"), url_name="audit:event"))
for _name, _title, _url_name in (
    ("token", _("API token"), ""),
    ("lens", _("Lens"), ""),
    ("grant", _("Grant"), "access:grant"),
    ("role", _("Role"), "access:role"),
    ("group", _("Group"), "access:group"),
    ("access_request", _("Request"), "access:request-detail"),
    ("access_review", _("Review"), "access:review"),
    ("break_glass", _("Broken glass"), "access:glass-detail"),
    ("anchor", _("Anchor"), ""),
    ("database_role", _("Database role"), ""),
):
    announce(_name, Kind(_title, url_name=_url_name))
