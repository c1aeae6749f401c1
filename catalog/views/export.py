"""Files that hold what the study list shows: the same rows, order and columns, as a stream."""

from collections.abc import Iterator

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from catalog.views.studies import Listing, require_export
from governance.actions.record import record
from governance.audit.events import Event
from governance.exports import Receipt, attachment, csv_pieces, zipped_with_receipt
from governance.gate import needs
from governance.permissions import Permission


@needs(Permission.CATALOG_READ)
def studies_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Stream every row of the list as CSV (RFC 4180, UTF-8)."""
    require_export(request)
    _record(request, "csv")
    lines = _csv(Listing.of(request).exportable(request.user), Receipt())
    return attachment(lines, "text/csv; charset=utf-8", "studies.csv")


@needs(Permission.CATALOG_READ)
def studies_zip(request: HttpRequest) -> StreamingHttpResponse:
    """Stream the same CSV in a ZIP, with a receipt: filters, columns, number of rows, SHA-256 of the CSV."""
    require_export(request)
    _record(request, "zip")
    listing = Listing.of(request).exportable(request.user)
    return attachment(_zipped(request, listing), "application/zip", "studies.zip")


def _record(request: HttpRequest, form: str) -> None:
    """Before the first byte goes out: a download that breaks off has told something too."""
    record(Event.EXPORTED, actor=request.user, detail={"what": "studies", "format": form, "masked": True})


def _csv(listing: Listing, receipt: Receipt) -> Iterator[bytes]:
    heading = [str(column.title) for column in listing.columns]
    rows = (
        [cell.exported for _column, cell in cells] for _study, cells in listing.cells(listing.everything())
    )
    return csv_pieces(heading, rows, receipt)


def _zipped(request: HttpRequest, listing: Listing) -> Iterator[bytes]:
    receipt = Receipt()
    pieces = _csv(listing, receipt)
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
