"""What could not be catalogued: by cause with a remedy, then the files of one cause."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy

from catalog.codes import code_of, parse_code
from catalog.models import Quarantine, Source
from catalog.sight import sight_of
from catalog.views.causes import by_cause, explained
from catalog.views.lens import lens_address
from governance.access import can_anywhere, collections_for
from governance.gate import needs
from governance.keyset import PAGE_SIZES, Order, Page, page_of
from governance.permissions import Permission

LAST_TRIED = Order("added", gettext_lazy("Last set aside"))


@needs(Permission.QUARANTINE_READ)
def quarantine(request: HttpRequest) -> HttpResponse:
    """List causes; with a cause or a source in the address, the files too."""
    cause, source = request.GET.get("cause", ""), _source(request)
    visible = Quarantine.objects.visible_to(request.user)
    of_source = visible.filter(source=source) if source else visible
    context: dict[str, Any] = {
        "groups": by_cause(of_source),
        "cause": cause,
        "explained": explained(cause) if cause else None,
        "chosen_source": source,
        "reveal_url": lens_address(request.user, source) if source else "",
        "by_source": _by_source(request, of_source, cause) if cause else [],
    }
    if cause or source:
        rows = of_source.filter(cause=cause) if cause else of_source
        page = page_of(
            rows.select_related("source__collection"), LAST_TRIED, PAGE_SIZES[0], **_cursor(request, visible)
        )
        shown = zip(page.rows, sight_of(request).masked_rows(page.rows), strict=True)
        context["files"] = [(file, explained(row.cause)[0]) for row, file in shown]
        context["pager"] = _pager(page, {"cause": cause, "source": str(source.pk) if source else ""})
    return render(request, "catalog/quarantine.html", context)


def _source(request: HttpRequest) -> Source | None:
    asked = request.GET.get("source", "")
    if not asked.isdecimal() or len(asked) > 18:
        return None
    return Source.objects.visible_to(request.user).filter(pk=int(asked)).first()


def _by_source(request: HttpRequest, rows: Any, cause: str) -> list[tuple[Source, bool]]:
    """Return the sources that have files with this cause, and whether this person may have them read again."""
    ids = rows.filter(cause=cause).order_by().values("source_id").distinct()
    if not can_anywhere(request.user, Permission.QUARANTINE_RETRY):
        return []
    allowed = collections_for(request.user, Permission.QUARANTINE_RETRY)
    return [(source, True) for source in Source.objects.filter(pk__in=ids, collection__in=allowed)]


def _cursor(request: HttpRequest, rows: Any) -> dict[str, Quarantine | None]:
    """Return the row that the page lies after or before; quarantined files are called Q-…"""
    found: dict[str, Quarantine | None] = {}
    for name in ("after", "before"):
        number = parse_code(request.GET.get(name, ""))
        found[name] = rows.filter(pk=number).first() if number is not None else None
    return found


def _pager(page: Page[Any], kept: dict[str, str]) -> dict[str, str]:
    url = reverse("catalog:quarantine")
    given = {name: value for name, value in kept.items() if value}

    def beside(name: str, row: Quarantine) -> str:
        return f"{url}?{urlencode({**given, name: code_of('Q', row.pk)})}"

    return {
        "previous": beside("before", page.rows[0]) if page.has_previous and page.rows else "",
        "next": beside("after", page.rows[-1]) if page.has_next else "",
        "first": f"{url}?{urlencode(given)}" if page.has_previous else "",
    }
