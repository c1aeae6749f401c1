"""Files that hold what the study list shows: the same rows, order and columns, as a stream."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from catalog.views.studies import Listing, require_export
from governance.actions.record import record
from governance.audit.events import Event
from governance.gate import needs
from governance.permissions import Permission

# A cell that begins with one of these is a formula to a spreadsheet (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_FLUSH_BYTES = 32 * 1024


@dataclass
class Receipt:
    """What was sent, known when the last byte has been made."""

    rows: int = 0
    digest: Any = field(default_factory=hashlib.sha256)


def neutral(text: str) -> str:
    """Return a cell that no spreadsheet computes: an apostrophe goes before what would begin a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


@needs(Permission.CATALOG_READ)
def studies_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Stream every row of the list as CSV (RFC 4180, UTF-8)."""
    require_export(request)
    _record(request, "csv")
    lines = csv_lines(Listing.of(request).exportable(request.user), Receipt())
    return _attachment(lines, "text/csv; charset=utf-8", "csv")


@needs(Permission.CATALOG_READ)
def studies_zip(request: HttpRequest) -> StreamingHttpResponse:
    """Stream the same CSV in a ZIP, with a receipt: filters, columns, number of rows, SHA-256 of the CSV."""
    require_export(request)
    _record(request, "zip")
    listing = Listing.of(request).exportable(request.user)
    return _attachment(_zipped(request, listing), "application/zip", "zip")


def _record(request: HttpRequest, form: str) -> None:
    """Before the first byte goes out: a download that breaks off has told something too."""
    record(Event.EXPORTED, actor=request.user, detail={"what": "studies", "format": form, "masked": True})


def csv_lines(listing: Listing, receipt: Receipt) -> Iterator[bytes]:
    """Yield the list as CSV in pieces, and count and hash them on the way."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([str(column.title) for column in listing.columns])
    for _study, cells in listing.cells(listing.everything()):
        writer.writerow([neutral(cell.exported) for _column, cell in cells])
        receipt.rows += 1
        if buffer.tell() > _FLUSH_BYTES:
            yield _taken(buffer, receipt)
    yield _taken(buffer, receipt)


def _taken(buffer: io.StringIO, receipt: Receipt) -> bytes:
    piece = buffer.getvalue().encode()
    receipt.digest.update(piece)
    buffer.seek(0)
    buffer.truncate()
    return piece


class _Outlet(io.RawIOBase):
    """Where a ZIP is written that is sent at the same time: it cannot be gone back in."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self.pieces.append(bytes(piece))
        return len(piece)

    def taken(self) -> Iterable[bytes]:
        pieces, self.pieces = self.pieces, []
        return pieces


def _zipped(request: HttpRequest, listing: Listing) -> Iterator[bytes]:
    outlet, receipt = _Outlet(), Receipt()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("studies.csv", "w") as member:
            for piece in csv_lines(listing, receipt):
                member.write(piece)
                yield from outlet.taken()
        archive.writestr("receipt.json", json.dumps(_receipt(request, listing, receipt), indent=2))
    yield from outlet.taken()


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


def _attachment(pieces: Iterator[bytes], content_type: str, suffix: str) -> StreamingHttpResponse:
    name = f"studies-{timezone.now():%Y%m%dT%H%M%SZ}.{suffix}"
    return StreamingHttpResponse(
        pieces,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )
