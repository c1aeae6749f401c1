"""Time-stamp tokens (RFC 3161): an authority that signs that a head was there at a time, without seeing the trail."""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from governance.anchors.anchor import Kept, Unavailable
from governance.outbound import NoAnswer, NotAllowed, post

NOTE, TOKEN = ".note", ".tsr"
_TIMEOUT_SECONDS = 15.0


class Stamped(NamedTuple):
    """A head with its token, as the two files hold them."""

    size: int
    note: bytes
    token: bytes


class TimestampAnchor:
    """Asks an authority for a token over each head's SHA-256, and keeps both in a folder: SIZE.note and SIZE.tsr.

    `certificates` (PEM) are the authority's root, and what lies between it and the certificate that signs. A token is
    verified when it comes and whenever it is read. `openssl ts -verify` reads the same two files.
    """

    name = "rfc3161"
    recorded = True

    def __init__(self, url: str, certificates: str, folder: Path) -> None:
        self._url = url
        self._certificates = certificates
        self._folder = folder

    def keep(self, size: int, note: str) -> None:
        """Get a token for the head, unless it has one. Raises Unavailable."""
        data = note.encode()
        file = self._folder / f"{size:020}{NOTE}"
        try:
            if file.exists() and file.with_suffix(TOKEN).exists():
                if file.read_bytes() != data:
                    raise Unavailable("Another head of the same size has a token; verify the trail.")
                return
            token = self._stamped(data)
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(file, data)
            _write(file.with_suffix(TOKEN), token)
        except OSError as error:
            raise Unavailable(f"The folder of tokens cannot be used: {error.strerror}.") from None

    def kept(self) -> Iterator[Kept]:
        """Yield every head of the folder, with a fault where its token does not prove it. Raises Unavailable."""
        roots = self._roots()
        for name in self._names():
            try:
                note = (self._folder / f"{name}{NOTE}").read_bytes()
                token = (self._folder / f"{name}{TOKEN}").read_bytes()
            except FileNotFoundError as missing:
                yield Kept("", name, fault=f"lacks its {Path(missing.filename).suffix} file")
                continue
            except OSError as error:
                raise Unavailable(f"The folder of tokens cannot be read: {error.strerror}.") from None
            yield _held(name, note, token, roots)

    def stamped(self, first: int, end: int) -> Iterator[Stamped]:
        """Yield the heads of more than `first` and at most `end` events that have a token, by size."""
        for name in self._names():
            note, token = (self._folder / f"{name}{suffix}" for suffix in (NOTE, TOKEN))
            if name.isdecimal() and first < int(name) <= end and note.exists() and token.exists():
                yield Stamped(int(name), note.read_bytes(), token.read_bytes())

    def _names(self) -> list[str]:
        if not self._folder.is_dir():
            return []
        return sorted({file.stem for file in self._folder.iterdir() if file.suffix in {NOTE, TOKEN}})

    def _stamped(self, data: bytes) -> bytes:
        """Return the authority's answer, which holds a token for these bytes and for this request."""
        roots = self._roots()
        request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
        answer = self._asked(request.as_bytes())
        try:
            response = decode_timestamp_response(answer)
            _verify(response, data, VerifierBuilder.from_request(request), roots)
        except (ValueError, VerificationError):
            raise Unavailable("The time-stamp authority's answer is no token of it for this head.") from None
        return answer

    def _asked(self, query: bytes) -> bytes:
        """POST the query (RFC 3161 section 3.4) and return the answer."""
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        try:
            answer = post(self._url, query, headers, _TIMEOUT_SECONDS)
        except (NotAllowed, NoAnswer) as error:
            raise Unavailable(f"The time-stamp authority could not be asked. {error}") from None
        if answer.status != 200:
            raise Unavailable(f"The time-stamp authority answered with status {answer.status}.")
        return answer.body

    def _roots(self) -> list[Certificate]:
        try:
            return load_pem_x509_certificates(self._certificates.encode())
        except ValueError:
            raise Unavailable("ISOCENTER_AUDIT_TSA_CERTIFICATE holds no certificate in PEM.") from None


def _held(name: str, note: bytes, token: bytes, roots: Iterable[Certificate]) -> Kept:
    text = note.decode(errors="replace")
    try:
        response = decode_timestamp_response(token)
        _verify(response, note, VerifierBuilder(), roots)
    except (ValueError, VerificationError):
        return Kept(text, name, fault="has a token that does not prove it")
    at: datetime = response.tst_info.gen_time
    return Kept(text, name, at)


def _verify(
    response: TimeStampResponse, data: bytes, builder: VerifierBuilder, roots: Iterable[Certificate]
) -> None:
    """Raises VerificationError, ValueError. Tokens over another hash than SHA-256 are not what was asked for."""
    for root in roots:
        builder = builder.add_root_certificate(root)
    builder.build().verify(response, sha256(data).digest())


def _write(path: Path, data: bytes) -> None:
    """Let a file appear whole, and reach the disk."""
    work = path.with_name(f".{path.name}.{os.getpid()}")
    with work.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    work.replace(path)
