"""The study list: filters, keyset pages, columns, and the files that hold what the screen shows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from catalog.masking.rows import MaskedRow, masked
from catalog.models import Study
from catalog.models.entity_queries import StudyQuerySet
from catalog.sight import sight_of
from catalog.views.addresses import cursor_row
from catalog.views.study_columns import ALWAYS, BY_KEY, COLUMNS, Column, chosen_columns
from catalog.views.study_facets import Facet, facets_of
from catalog.views.study_filters import FILTERS, NONE, Chosen, Surroundings, all_studies
from governance.access import Person, can_anywhere, collections_for
from governance.actions.keep_preference import keep_preference
from governance.gate import needs
from governance.keyset import PAGE_SIZES, Order, Page, page_of
from governance.models import User
from governance.permissions import Permission
from governance.sizes import Size

NEWEST = Order("date", gettext_lazy("Newest first"), "study_date", nullable=True)
ORDERS: Mapping[str, Order] = {
    order.name: order
    for order in (
        NEWEST,
        Order("-date", gettext_lazy("Oldest first"), "study_date", descending=False, nullable=True),
        Order("added", gettext_lazy("Last added")),
        Order("instances", gettext_lazy("Most instances"), "instance_count"),
        Order("bytes", gettext_lazy("Largest"), "total_bytes"),
        Order("series", gettext_lazy("Most series"), "series_count"),
    )
}


_IN_API = frozenset(
    {"modality", "body_part", "manufacturer", "year", "site", "collection", "privacy_claim", "source"}
)


@dataclass(frozen=True, slots=True)
class Listing:
    """One address of the list, understood: what it shows, in which order, and how its links are made."""

    chosen: Chosen
    order: Order
    columns: list[Column]
    surroundings: Surroundings
    rows: StudyQuerySet
    shown_columns: str

    @classmethod
    def of(cls, request: HttpRequest) -> "Listing":
        surroundings = Surroundings.of(request.user)
        chosen = Chosen.of(request.GET, surroundings)
        kept = getattr(request.user, "preferences", {}).get("study_columns", [])
        asked = request.GET.get("columns", "")
        return cls(
            chosen=chosen,
            order=ORDERS.get(request.GET.get("sort", ""), NEWEST),
            columns=chosen_columns(asked.split(",") if asked else kept),
            surroundings=surroundings,
            rows=chosen.apply(all_studies(request.user), surroundings).select_related(
                "patient", "collection"
            ),
            shown_columns=asked,
        )

    def exportable(self, user: Person) -> "Listing":
        """The same list, without the Collections whose studies may be looked at but not taken away."""
        return replace(
            self, rows=self.rows.filter(collection__in=collections_for(user, Permission.CATALOG_EXPORT))
        )

    def query(self, pairs: Iterable[tuple[str, str]] | None = None, **extra: str) -> str:
        """Return a query string with the filters (or `pairs` instead), the sort, the columns, and more."""
        kept = {"sort": self.order.name if self.order is not NEWEST else "", "columns": self.shown_columns}
        more = [(name, value) for name, value in {**kept, **extra}.items() if value]
        return urlencode([*(self.chosen.pairs() if pairs is None else pairs), *more])

    def cells(
        self, studies: Iterable[Study], shown: Callable[[Study], MaskedRow] = masked
    ) -> Iterable[tuple[Study, list[Any]]]:
        """Yield each study with its cells, in the order of the columns; files take none but masked ones."""
        for study in studies:
            row = shown(study)
            yield study, [(column, column.cell(row)) for column in self.columns]

    def everything(self) -> Iterable[Study]:
        """Yield every row in order, a few thousand at a time."""
        for part in self.order.rows(self.rows):
            yield from part.iterator(chunk_size=2000)


@needs(Permission.CATALOG_READ)
def studies(request: HttpRequest) -> HttpResponse:
    """Show one page of the list."""
    listing = Listing.of(request)
    size = _page_size(request)
    page = _page(request, listing, size)
    total = listing.rows.size(exactly=request.GET.get("count") == "exact")
    if not listing.chosen.is_complete:
        messages.warning(
            request,
            _("A filter in the address was not understood, or lies outside your access. It is left out."),
        )
    sight = sight_of(request)
    sight.asked = tuple(sorted({name for name, _value in listing.chosen.pairs()}))
    context = {
        "listing": listing,
        "rows": list(listing.cells(page.rows, sight.masked)),
        "headings": [_heading(listing, column) for column in listing.columns],
        "chips": _chips(listing),
        "facets": _facets(request, listing),
        "facets_url": f"{reverse('catalog:study-facets')}?{listing.query()}",
        "facets_link": listing_url(listing, facets="1"),
        "share_url": listing_url(listing, columns=",".join(column.key for column in listing.columns)),
        "pager": _pager(request, listing, page, size, total),
        "total": total,
        "all_columns": [(column, column in listing.columns) for column in COLUMNS if column.key != ALWAYS],
        "orders": [(order, listing_url(listing, sort=order.name)) for order in ORDERS.values()],
        "export_query": listing.query(),
        "may_export": can_anywhere(request.user, Permission.CATALOG_EXPORT),
        "hidden_inputs": [*listing.chosen.pairs(), ("sort", listing.order.name)],
        "api": _api(listing),
    }
    return render(request, "catalog/studies.html", context)


@needs(Permission.CATALOG_READ)
def study_facets(request: HttpRequest) -> HttpResponse:
    """Return the filters' options alone: counting them over a million studies must not hold up the list."""
    listing = Listing.of(request)
    context = {"facets": facets_of(request, listing), "listing": listing}
    return render(request, "catalog/_facets.html", context)


@require_POST
@needs(Permission.CATALOG_READ)
def study_columns(request: HttpRequest) -> HttpResponse:
    """Keep the columns that somebody chose, and show the list with them."""
    keys = [key for key in request.POST.getlist("column") if key in BY_KEY]
    if isinstance(request.user, User):
        keep_preference(request.user, "study_columns", [ALWAYS, *keys] if keys else [])
    back = QueryDict(request.POST.get("query", ""), mutable=True)
    back.pop("columns", None)
    return HttpResponseRedirect(f"{reverse('catalog:studies')}?{back.urlencode()}")


def require_export(request: HttpRequest) -> None:
    if not can_anywhere(request.user, Permission.CATALOG_EXPORT):
        raise PermissionDenied(f"An export needs the permission {Permission.CATALOG_EXPORT.value}.")


def listing_url(listing: Listing, pairs: Iterable[tuple[str, str]] | None = None, **extra: str) -> str:
    return f"{reverse('catalog:studies')}?{listing.query(pairs, **extra)}"


def _page_size(request: HttpRequest) -> int:
    asked = request.GET.get("size", "")
    return int(asked) if asked in {str(size) for size in PAGE_SIZES} else PAGE_SIZES[0]


def _page(request: HttpRequest, listing: Listing, size: int) -> Page[Study]:
    everywhere = all_studies(request.user)
    after, before = (cursor_row(request, everywhere, name) for name in ("after", "before"))
    return page_of(listing.rows, listing.order, size, after=after, before=before)


def _pager(
    request: HttpRequest, listing: Listing, page: Page[Study], size: int, total: Size
) -> dict[str, Any]:
    """The links to the pages beside this one. The position is carried along, because keysets do not know it."""
    given = request.GET.get("start", "1")
    start = int(given) if given.isdecimal() and len(given) < 10 and page.has_previous else 1
    size_kept = str(size) if size != PAGE_SIZES[0] else ""
    first, last = (page.rows[0].code, page.rows[-1].code) if page.rows else ("", "")
    previous = listing_url(listing, size=size_kept, before=first, start=str(max(1, start - size)))
    following = listing_url(listing, size=size_kept, after=last, start=str(start + len(page.rows)))
    return {
        "start": start,
        "end": start + len(page.rows) - 1,
        "previous": previous if page.has_previous and page.rows else "",
        "next": following if page.has_next else "",
        "first": listing_url(listing, size=size_kept) if page.has_previous else "",
        "sizes": [(each, each == size, listing_url(listing, size=str(each))) for each in PAGE_SIZES],
        "exact": "" if total.is_exact else listing_url(listing, size=size_kept, count="exact"),
    }


def _heading(listing: Listing, column: Column) -> dict[str, Any]:
    """A column's title; the one that is sorted by says so, and dates can be turned round."""
    if not column.order:
        return {"column": column, "url": "", "sorted": ""}
    is_sorted = listing.order.name.lstrip("-") == column.order
    turned = f"-{column.order}" if is_sorted and listing.order.descending else column.order
    url = listing_url(listing, sort=turned if turned in ORDERS else column.order)
    direction = "descending" if listing.order.descending else "ascending"
    return {"column": column, "url": url, "sorted": direction if is_sorted else ""}


def _chips(listing: Listing) -> list[dict[str, Any]]:
    filters = {one.name: one for one in FILTERS}
    return [
        {
            "title": filters[name].title,
            "label": filters[name].label(value, listing.surroundings),
            "url": listing_url(listing, listing.chosen.toggled(name, value)),
        }
        for name, value in listing.chosen.pairs()
    ]


def _facets(request: HttpRequest, listing: Listing) -> list[Facet] | None:
    """Return the options at once where few studies have to be counted; None has the page fetch them afterwards.

    Each filter's options are counted without that filter, so it is all that the person sees that has to be few.
    """
    if "facets" in request.GET or all_studies(request.user).size().is_exact:
        return facets_of(request, listing)
    return None


def _api(listing: Listing) -> str:
    """The API's call for the same rows: it knows these filters, and one year or Collection at a time."""
    pairs = [pair for pair in listing.chosen.pairs() if pair[0] in _IN_API and pair[1] != NONE]
    return f"/api/studies/?{urlencode(pairs)}" if pairs else "/api/studies/"
