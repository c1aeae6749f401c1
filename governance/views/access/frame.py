"""What the access pages share: their tabs, the person who asks, pages of rows, and refusals as form errors."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from governance.access import can_anywhere
from governance.actions.refusals import Refused
from governance.keyset import Order, page_of
from governance.models import User
from governance.permissions import Permission

ROWS = 50


@dataclass(frozen=True, slots=True)
class Tab:
    """One page of the section; without a permission everybody has it."""

    name: str
    title: object
    permission: Permission | None = None


TABS = (
    Tab("overview", _("Overview")),
    Tab("grants", _("Grants"), Permission.ACCESS_READ),
    Tab("roles", _("Roles"), Permission.ACCESS_READ),
    Tab("groups", _("Groups"), Permission.ACCESS_READ),
    Tab("reviews", _("Reviews"), Permission.ACCESS_READ),
    Tab("unused", _("Unused"), Permission.ACCESS_READ),
    Tab("conflicts", _("Conflicts"), Permission.ACCESS_READ),
    Tab("collections", _("Collections"), Permission.ACCESS_READ),
    Tab("explain", _("Explain")),
)


def signed_in(request: HttpRequest) -> User:
    """Return who asks; pages are for people who are signed in."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    return user


def page(
    request: HttpRequest, name: str, context: Mapping[str, Any], *, tab: str, status: int = 200
) -> HttpResponse:
    """Render a page of the section with its tabs."""
    shown = [each for each in TABS if each.permission is None or can_anywhere(request.user, each.permission)]
    whole = {"tabs": shown, "tab": tab, **context}
    return render(request, f"governance/access/{name}.html", whole, status=status)


@contextmanager
def refusals_in(form: forms.Form) -> Iterator[None]:
    """Put what does not fit the state of things beside the form that asked for it; `form.is_valid()` is false then.

    What somebody may not do at all is no matter of the form: PermissionDenied is recorded and answered with 403.
    """
    try:
        yield
    except Refused as refusal:
        form.add_error(None, str(refusal))
    except ValidationError as error:
        form.add_error(None, error.messages[0])


def rows_of(
    request: HttpRequest, rows: QuerySet[Any], order: Order, kept: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return a page of `rows` beside the cursor in the address, with the links to its neighbours."""
    cursor = {name: _row_at(rows, request.GET.get(name, "")) for name in ("after", "before")}
    found = page_of(rows, order, ROWS, **cursor)
    given = {name: value for name, value in (kept or {}).items() if value}

    def beside(name: str, row: Model) -> str:
        return f"?{urlencode({**given, name: row.pk})}"

    previous = beside("before", found.rows[0]) if found.has_previous and found.rows else ""
    following = beside("after", found.rows[-1]) if found.has_next else ""
    return {"rows": found.rows, "pager": {"previous": previous, "next": following}}


def _row_at(rows: QuerySet[Any], number: str) -> Model | None:
    row: Model | None = rows.filter(pk=int(number)).first() if is_number(number) else None
    return row


def is_number(text: str) -> bool:
    """Tell whether a text of the address can be the number of a row."""
    return text.isascii() and text.isdecimal() and len(text) <= 18
