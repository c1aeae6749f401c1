"""Pictures of instances and series, for the pages that show them."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from catalog.models import Instance, Series
from catalog.sight import sight_of
from catalog.thumbnails.request import State, request_thumbnail
from catalog.views.addresses import at_code
from governance.gate import needs
from governance.permissions import Permission

# The header decides how openly it is shown; the rest is what a lens reaches.
_NEEDED = ("header", "series__study__patient")


@needs(Permission.CATALOG_READ)
def thumbnail(request: HttpRequest, code: str) -> HttpResponse:
    """Return an instance's picture."""
    visible = Instance.objects.visible_to(request.user).select_related(*_NEEDED)
    return _picture(request, at_code(visible, code))


@needs(Permission.CATALOG_READ)
def series_thumbnail(request: HttpRequest, code: str) -> HttpResponse:
    """Return the picture of the instance in the middle of a series, where there is most to see."""
    row = at_code(Series.objects.visible_to(request.user), code)
    middle = middle_of(row).values("pk")
    visible = Instance.objects.visible_to(request.user).select_related(*_NEEDED)
    return _picture(request, get_object_or_404(visible, pk__in=middle))


def middle_of(series: Series) -> "QuerySet[Instance]":
    """Return a query for the one instance in the middle of a series."""
    at = series.instance_count // 2
    held = Instance.objects.held().filter(series=series).order_by("instance_number", "id")
    return held[at : at + 1]


def _picture(request: HttpRequest, row: Instance) -> HttpResponse:
    """Answer 202 while the picture is being drawn, so that the page asks again.

    Under a lens it is sharp, and an event of its own; otherwise the page's event names what it is a picture of.
    """
    sight = sight_of(request)
    is_revealed = sight.reveals(row)
    found = request_thumbnail(row, is_revealed=is_revealed)
    if is_revealed and found.state is State.READY:
        sight.note(row)
    status = 202 if found.state is State.PENDING else 200
    return HttpResponse(
        found.content,
        status=status,
        content_type=found.media_type,
        headers={"Cache-Control": "private, no-store", "X-Picture": found.way.value},
    )
