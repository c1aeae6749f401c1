"""What every file that is taken away is made of: cells that no spreadsheet computes, a receipt, a ZIP as a stream."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone

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


def csv_pieces(heading: Sequence[str], rows: Iterable[Sequence[str]], receipt: Receipt) -> Iterator[bytes]:
    """Yield rows as CSV (RFC 4180, UTF-8) in pieces, and count and hash them on the way."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(heading)
    for row in rows:
        writer.writerow([neutral(cell) for cell in row])
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


def zipped_with_receipt(
    name: str, pieces: Iterable[bytes], told: Callable[[], Mapping[str, object]]
) -> Iterator[bytes]:
    """Yield a ZIP that holds the file, and receipt.json with what `told` says once the file is whole."""
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(name, "w", force_zip64=True) as member:
            for piece in pieces:
                member.write(piece)
                yield from outlet.taken()
        archive.writestr("receipt.json", json.dumps(told(), indent=2))
    yield from outlet.taken()


def attachment(pieces: Iterable[bytes], content_type: str, name: str) -> StreamingHttpResponse:
    """Send a file as it is made; its name gets the moment, and no cache keeps it."""
    stem, _, suffix = name.partition(".")
    dated = f"{stem}-{timezone.now():%Y%m%dT%H%M%SZ}.{suffix}"
    return StreamingHttpResponse(
        pieces,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{dated}"',
            "Cache-Control": "private, no-store",
        },
    )
