"""Codes in addresses: from CT-7F3K5 to a row that this person may see."""

from typing import Any, TypeVar

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from catalog.codes import parse_code

Row = TypeVar("Row", bound=Model)
LARGEST_ID = 2**63 - 1


def at_code(rows: "QuerySet[Row]", code: str) -> Row:
    """Return the row of a code; Http404 alike when it is mistyped, unknown, or not among these rows."""
    number = parse_code(code)
    row = rows.filter(pk=number).first() if number is not None and number <= LARGEST_ID else None
    if row is None:
        raise Http404
    return row


def cursor_row(request: HttpRequest, rows: "QuerySet[Any]", name: str) -> Any:
    """Return the row of a cursor in the address; one that is gone starts the list anew, and says so."""
    if not request.GET.get(name):
        return None
    try:
        return at_code(rows, request.GET[name])
    except Http404:
        messages.info(
            request, _("The place you were at is no longer in the list. It is shown from the start.")
        )
        return None
