"""One series: the scanner's word on it, and its instances page by page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy

from catalog.models import Instance, Series
from catalog.sight import sight_of
from catalog.thumbnails.request import decision_for
from catalog.views.addresses import at_code, cursor_row
from catalog.views.lens import lens_address
from catalog.views.study import BURNED_IN, REMOVED
from catalog.views.study_columns import answer_cell
from catalog.views.thumbnail import middle_of
from governance.gate import needs
from governance.keyset import PAGE_SIZES, Order, Page, page_of
from governance.permissions import Permission

IN_SERIES = Order("number", gettext_lazy("By number"), "instance_number", descending=False, nullable=True)


@needs(Permission.CATALOG_READ)
def series(request: HttpRequest, code: str) -> HttpResponse:
    """Show one series and a page of its instances."""
    visible = Series.objects.visible_to(request.user)
    row = at_code(visible.select_related("study__patient", "study__collection"), code)
    instances = Instance.objects.visible_to(request.user).held().filter(series=row)
    selected = instances.select_related("header", "series__study__patient", "source").defer(
        "header__content", "header__varying"
    )
    after, before = (cursor_row(request, instances, name) for name in ("after", "before"))
    page = page_of(selected, IN_SERIES, PAGE_SIZES[0], after=after, before=before)
    sight = sight_of(request)
    shown = sight.about(row)
    middle = middle_of(row).select_related("header").first()
    context = {
        "series": shown,
        "reveal_url": lens_address(request.user, row.study),
        "instances": list(sight.masked_rows(page.rows)),
        "header_count": row.series_headers.count(),
        "removed": answer_cell(shown.identity_removed, REMOVED),
        "burned_in": answer_cell(shown.burned_in_annotation, BURNED_IN),
        "pager": _pager(code, page),
        "picture": decision_for(middle, is_revealed=sight.reveals(row)) if middle else None,
    }
    return render(request, "catalog/series.html", context)


def _pager(code: str, page: Page[Any]) -> dict[str, str]:
    url = reverse("catalog:series", args=[code])
    return {
        "previous": f"{url}?before={page.rows[0].code}" if page.has_previous and page.rows else "",
        "next": f"{url}?after={page.rows[-1].code}" if page.has_next else "",
        "first": url if page.has_previous else "",
    }
