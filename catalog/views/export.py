"""Files that hold what the study list shows: the same rows, order and columns, as a stream."""

from collections.abc import Iterator

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from catalog.actions.record_export import record_export
from catalog.views.studies import Listing, require_export
from governance.exports import Receipt, attachment, csv_pieces, zipped_with_receipt
from governance.gate import needs
from governance.permissions import Permission


@needs(Permission.CATALOG_READ)
def studies_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Stream every row of the list as CSV (RFC 4180, UTF-8)."""
    require_export(request)
    lines = _csv(request, Listing.of(request).exportable(request.user), Receipt(), "csv")
    return attachment(lines, "text/csv; charset=utf-8", "studies.csv")


@needs(Permission.CATALOG_READ)
def studies_zip(request: HttpRequest) -> StreamingHttpResponse:
    """Stream the same CSV in a ZIP, with a receipt: filters, columns, number of rows, SHA-256 of the CSV."""
    require_export(request)
    listing = Listing.of(request).exportable(request.user)
    return attachment(_zipped(request, listing), "application/zip", "studies.zip")


def _csv(request: HttpRequest, listing: Listing, receipt: Receipt, form: str) -> Iterator[bytes]:
    heading = [str(column.title) for column in listing.columns]
    studies = record_export(listing.everything(), actor=request.user, form=form)
    rows = ([cell.exported for _column, cell in cells] for _study, cells in listing.cells(studies))
    return csv_pieces(heading, rows, receipt)


def _zipped(request: HttpRequest, listing: Listing) -> Iterator[bytes]:
    receipt = Receipt()
    pieces = _csv(request, listing, receipt, "zip")
    return zipped_with_receipt("studies.csv", pieces, lambda: _receipt(request, listing, receipt))


def _receipt(request: HttpRequest, listing: Listing, receipt: Receipt) -> dict[str, object]:
    return {
        "file": "studies.csv",
        "rows": receipt.rows,
        "sha256": receipt.digest.hexdigest(),
        "filters": listing.chosen.pairs(),
        "sort": listing.order.name,
        "columns": [column.key for column in listing.columns],
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "made_by": request.user.get_username(),
        "note": "Identifiers are masked as on the screen. Rows are those that this person may see.",
    }
