"""Writes extracts of the audit trail that prove themselves: what `verify_bundle.py` reads, offline."""

import json
import zipfile
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from governance.audit.merkle import Frontier

BUNDLE_FORMAT = "isocenter-audit-bundle/1"
PROOF_FORMAT = "isocenter-audit-proof/1"

_VERIFIER = Path(__file__).with_name("verify_bundle.py")
_AT_ONCE = 1_000
_README = """\
An extract of an Isocenter audit trail: events.ndjson holds the events, one to a line, in the order of their positions.
To verify it, with Python 3.9 or newer and nothing else:  python3 verify_bundle.py BUNDLE.zip KEY
KEY is the verifier's key of the installation (name+id+key), or a file that holds it.
Take the key, and verify_bundle.py too, from a place that you trust: whoever changes a bundle can change what is in it.
manifest.json says what the extract holds; checkpoints.txt are the signed heads over which it is verified.
In timestamps/, where there is one, N.tsr is a time-stamp token (RFC 3161) over N.note, the signed head of N events.
verify_bundle.py does not verify tokens. With the certificate of the authority, from a place that you trust:
openssl ts -verify -data timestamps/N.note -in timestamps/N.tsr -CAfile AUTHORITY.pem
"""


class _Bundle:
    """The zip file at work, and the digests of what is in it."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.digests: dict[str, str] = {}

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write a file piece by piece."""
        digest = sha256()
        entry = zipfile.ZipInfo(name)
        entry.compress_type = zipfile.ZIP_DEFLATED
        with self._archive.open(entry, "w", force_zip64=True) as file:
            for piece in pieces:
                digest.update(piece)
                file.write(piece)
        self.digests[name] = digest.hexdigest()


class _Events:
    """The events on their way into the file, counted."""

    def __init__(self, payloads: Iterable[bytes]) -> None:
        self._payloads = iter(payloads)
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        while some := list(islice(self._payloads, _AT_ONCE)):
            lines = b"\n".join([*some, b""])
            if lines.count(b"\n") != len(some):
                raise ValueError("A canonical payload holds no newline.")
            self.count += len(some)
            yield lines


class _Notes:
    """The notes on their way into the file; the last is remembered."""

    def __init__(self, notes: Iterable[str]) -> None:
        self._notes = notes
        self.last = ""

    def __iter__(self) -> Iterator[bytes]:
        for note in self._notes:
            yield f"---\n{note}".encode() if self.last else note.encode()
            self.last = note


def write_bundle(  # noqa: PLR0913 - each is a member of the manifest or a file
    target: BinaryIO | Path,
    *,
    origin: str,
    vkey: str,
    first: int,
    before: Sequence[bytes],
    notes: Iterable[str],
    payloads: Iterable[bytes],
    period: tuple[str | None, str | None],
    made_at: str,
    stamps: Iterable[tuple[int, bytes, bytes]] = (),
) -> int:
    """Write a bundle of the events from position `first` on, as a stream; return how many they are.

    `before` is the frontier of the first `first` leaves; `notes` are the checkpoints in order, the last of them of
    the size at which the events end. Whether the events are those that were signed is not looked at: that is
    for whoever verifies. Raises ValueError; of a path, nothing is left then.
    """
    frontier = Frontier(first, before)
    with _archive(target) as archive:
        bundle, events, heads = _Bundle(archive), _Events(payloads), _Notes(notes)
        bundle.add("README.txt", [_README.encode()])
        bundle.add("verify_bundle.py", [_VERIFIER.read_bytes()])
        bundle.add(
            "before.json", [_json({"size": first, "hashes": [_base64(part) for part in frontier.hashes]})]
        )
        bundle.add("events.ndjson", events)
        bundle.add("checkpoints.txt", heads)
        for size, note, token in stamps:
            bundle.add(f"timestamps/{size}.note", [note])
            bundle.add(f"timestamps/{size}.tsr", [token])
        if heads.last.split("\n")[1:2] != [str(first + events.count)]:
            raise ValueError(
                f"The last checkpoint is not of size {first + events.count}, where the events end."
            )
        manifest = {
            "format": BUNDLE_FORMAT,
            "origin": origin,
            "key": vkey,
            "first": first,
            "events": events.count,
        }
        period_and_time = {"from": period[0], "to": period[1], "made_at": made_at}
        bundle.add("manifest.json", [_json(manifest | period_and_time | {"files": dict(bundle.digests)})])
    return events.count


def proof_of_event(position: int, payload: bytes, proof: Iterable[bytes], note: str) -> bytes:
    """Return the file that proves one event: `verify_bundle.py --proof` reads it."""
    return _json(
        {
            "format": PROOF_FORMAT,
            "position": position,
            "payload": _base64(payload),
            "proof": [_base64(part) for part in proof],
            "checkpoint": note,
        }
    )


@contextmanager
def _archive(target: BinaryIO | Path) -> Iterator[zipfile.ZipFile]:
    """Open the zip file; leave none at a path when it does not become whole."""
    try:
        with zipfile.ZipFile(target, "w") as archive:
            yield archive
    except BaseException:
        if isinstance(target, Path):
            target.unlink(missing_ok=True)
        raise


def _json(value: dict[str, object]) -> bytes:
    return json.dumps(value, indent=2).encode() + b"\n"


def _base64(value: bytes) -> str:
    return b64encode(value).decode()
