"""One study: what it is, what it says of itself, and its series."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from catalog.models import Series, Study
from catalog.sight import sight_of
from catalog.views.addresses import at_code
from catalog.views.lens import lens_address
from catalog.views.study_columns import answer_cell, claim_cell
from governance.gate import needs
from governance.permissions import Permission

# The largest study that was met in archives has 400 series; a list of more would help nobody.
SHOWN_SERIES = 500
REMOVED = {"YES": ("pass", "✓"), "NO": ("", "–")}
BURNED_IN = {"YES": ("high", "▲"), "NO": ("", "–")}


@needs(Permission.CATALOG_READ)
def study(request: HttpRequest, code: str) -> HttpResponse:
    """Show one study."""
    row = at_code(Study.objects.visible_to(request.user).select_related("patient", "collection"), code)
    found = Series.objects.visible_to(request.user).held().filter(study=row).select_related("study__patient")
    sight = sight_of(request)
    shown = sight.about(row)
    series = list(sight.masked_rows(found.order_by("series_number", "id")[:SHOWN_SERIES]))
    context = {
        "study": shown,
        "series": series,
        "reveal_url": lens_address(request.user, row),
        "claim": claim_cell(row.collection.privacy_claim),
        "removed": answer_cell(shown.identity_removed, REMOVED),
        "burned_in": answer_cell(shown.burned_in_annotation, BURNED_IN),
    }
    return render(request, "catalog/study.html", context)
