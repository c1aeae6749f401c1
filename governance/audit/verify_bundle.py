#!/usr/bin/env python3
"""Verify an extract of Isocenter's audit trail, or the proof of one event, offline and without Isocenter.

    python3 verify_bundle.py BUNDLE.zip KEY
    python3 verify_bundle.py --proof PROOF.json KEY

KEY is the verifier's key (name+id+key) or a file that holds it. Take the key and this file from a place that you
trust, not from the bundle. Python 3.9 or newer is all that is needed. The exit status is 0 when verified, 1 when
not, and 2 when a file cannot be read or the command is wrong.

What is verified: that the events are, byte by byte and without a gap, those over which the holder of the key has
signed its checkpoints. The signatures are Ed25519 (RFC 8032), the tree is that of RFC 6962 section 2.1, checkpoints
are those of https://c2sp.org/tlog-checkpoint. What is not: that the key was never in other hands. Time-stamp tokens
(RFC 3161) are counted, and their heads are among those verified; whether an authority made them, `openssl ts` says.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import struct
import sys
import zipfile
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256, sha512
from pathlib import Path
from typing import IO, Any, NamedTuple

BUNDLE_FORMAT = "isocenter-audit-bundle/1"
PROOF_FORMAT = "isocenter-audit-proof/1"
MANIFEST, EVENTS, BEFORE, CHECKPOINTS = "manifest.json", "events.ndjson", "before.json", "checkpoints.txt"

STAMP = re.compile(r"timestamps/(0|[1-9][0-9]{0,18})\.(note|tsr)")

# Read at once, and the most that one line, note or small file may take: memory stays the same for any bundle.
CHUNK = 1 << 20
LONGEST_LINE = 16 << 20
LONGEST_NOTE = 100_000
LARGEST_SMALL_FILE = 1 << 20

# What zipfile and zlib raise on archives that are damaged, or made to confuse.
DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError)


class NotVerified(Exception):
    """What was to be shown is not; the message says where."""


class Unreadable(Exception):
    """A file or key from the command line cannot be used."""


# Ed25519: RFC 8032 section 5.1. A point is (X, Y, Z, T), with x = X/Z, y = Y/Z, x·y = T/Z (section 5.1.4).

Point = tuple[int, int, int, int]
Table = list[list[Point]]

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
IDENTITY: Point = (0, 1, 1, 0)
BASE_Y = 4 * pow(5, -1, P) % P


def add(p: Point, q: Point) -> Point:
    """Add two points; the formulas hold for any two (RFC 8032 section 5.1.4)."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] % P * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def point_at(y: int, sign: int) -> Point | None:
    """Return the point of that y whose x has that lowest bit, or None where there is none (section 5.1.3)."""
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def encoded_point(point: Point) -> bytes:
    """Return the 32 bytes of a point: y, and the lowest bit of x as the highest (section 5.1.2)."""
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def multiples(point: Point) -> Table:
    """Return, for each of the 64 hexadecimal digits that a scalar may have, its 16 multiples of the point."""
    table = []
    for _ in range(64):
        row = [IDENTITY]
        for _ in range(16):
            row.append(add(row[-1], point))
        point = row.pop()
        table.append(row)
    return table


def multiply(table: Table, scalar: int) -> Point:
    """Return scalar times the point of which these are the multiples."""
    product = IDENTITY
    for row in table:
        product = add(product, row[scalar & 15])
        scalar >>= 4
    return product


@cache
def multiples_of_base() -> Table:
    """Return the multiples of the base point B (section 5.1)."""
    base = point_at(BASE_Y, 0)
    assert base is not None  # noqa: S101 - a constant of the RFC
    return multiples(base)


class PublicKey:
    """A public key of Ed25519. Raises ValueError where the bytes are none, or the point is of small order."""

    def __init__(self, encoded: bytes) -> None:
        number = int.from_bytes(encoded, "little")
        point = point_at(number & (1 << 255) - 1, number >> 255) if len(encoded) == 32 else None
        if point is None:
            raise ValueError("These bytes are no public key of Ed25519.")
        eightfold = point
        for _ in range(3):
            eightfold = add(eightfold, eightfold)
        if encoded_point(eightfold) == encoded_point(IDENTITY):
            raise ValueError("Under a key of small order anything can be signed.")
        self.encoded = encoded
        self._negative = multiples((P - point[0], point[1], 1, P - point[3]))

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Say whether [S]B = R + [k]A (section 5.1.7, the stricter of its two equations) with S below L."""
        r, s = signature[:32], int.from_bytes(signature[32:], "little")
        if len(signature) != 64 or s >= L:
            return False
        k = int.from_bytes(sha512(r + self.encoded + message).digest(), "little") % L
        return encoded_point(add(multiply(multiples_of_base(), s), multiply(self._negative, k))) == r


# The tree: RFC 6962 section 2.1.


class Tree:
    """The first `size` leaves, as the hashes of the perfect subtrees they make, largest first."""

    def __init__(self, size: int, hashes: Sequence[bytes]) -> None:
        if len(hashes) != bin(size).count("1") or any(len(value) != 32 for value in hashes):  # noqa: FURB161 - 3.9
            raise ValueError("The hashes do not belong to the size.")
        self.size = size
        self.hashes = list(hashes)

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Take in the next leaves' hashes, 256 at a time where they make a perfect subtree."""
        at = 0
        while at < len(leaves):
            block = leaves[at : at + 256 - self.size % 256]
            at += len(block)
            if len(block) == 256:
                self._push(8, perfect_root(block))
            else:
                for leaf in block:
                    self._push(0, leaf)

    def _push(self, level: int, digest: bytes) -> None:
        position = self.size >> level
        while position & 1:
            digest = sha256(b"\x01" + self.hashes.pop() + digest).digest()
            position >>= 1
        self.hashes.append(digest)
        self.size += 1 << level

    def root(self) -> bytes:
        """Return the Merkle tree hash of all leaves so far."""
        if not self.hashes:
            return sha256().digest()
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = sha256(b"\x01" + left + root).digest()
        return root


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaves as many as a power of two."""
    while len(hashes) > 1:
        row = b"".join(hashes)
        hashes = [sha256(b"\x01" + row[at : at + 64]).digest() for at in range(0, len(row), 64)]
    return hashes[0]


def included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Do RFC 9162 section 2.1.3.2, whose names these are."""
    if not 0 <= index < size or any(len(p) != 32 for p in proof):
        return False
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = sha256(b"\x01" + p + r).digest()
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha256(b"\x01" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


# Keys and notes: https://c2sp.org/signed-note and https://c2sp.org/tlog-checkpoint.


class Key(NamedTuple):
    """The verifier's key: its name, "SHA-256(key name || 0x0A || 0x01 || public key)[:4]", and itself."""

    name: str
    id: bytes
    public: PublicKey


class Checkpoint(NamedTuple):
    """A signed head of the trail."""

    origin: str
    size: int
    root: bytes


def read_key(text: str) -> Key:
    """Read name+id+base64(0x01 || public key). Raises Unreadable."""
    try:
        name, key_id, encoded = text.strip().split("+", 2)
        key = base64(encoded)
        expected = sha256(name.encode() + b"\n" + key).digest()[:4]
        if not name or key[:1] != b"\x01" or key_id != expected.hex():
            raise ValueError
        return Key(name, expected, PublicKey(key[1:]))
    except ValueError:
        raise Unreadable("KEY is neither a verifier's key (name+id+key) nor a file that holds one.") from None


def open_note(note: str, key: Key) -> Checkpoint:
    """Return the checkpoint of a note that this key has signed; signatures of others are passed over."""
    text, blank, signatures = note.rpartition("\n\n")
    if not blank or not signatures.endswith("\n") or len(note) > LONGEST_NOTE:
        raise NotVerified("it is not a signed note")
    if any(
        (character < " " and character != "\n") or "\ud800" <= character <= "\udfff" for character in note
    ):
        raise NotVerified("it holds control characters")
    ours = list(our_signatures(signatures, key))
    if not ours:
        raise NotVerified("it is not signed with the key given")
    if not all(key.public.verifies((text + "\n").encode(), signature) for signature in ours):
        raise NotVerified("its signature is wrong")
    return read_checkpoint(text)


def our_signatures(lines: str, key: Key) -> Iterator[bytes]:
    """Yield the signatures that bear the key's name and id."""
    for line in lines[:-1].split("\n"):
        match = re.fullmatch(r"— ([^ ]+) ([^ ]+)", line)
        if not match:
            raise NotVerified("it is not a signed note")
        signature = base64(match[2], NotVerified("its signature is not base64"))
        if match[1] == key.name and signature[:4] == key.id:
            yield signature[4:]


def read_checkpoint(text: str) -> Checkpoint:
    """Read "at least three non-empty lines": origin, size, root (tlog-checkpoint, Note text)."""
    lines = text.split("\n")
    if len(lines) < 3 or not all(lines) or not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
        raise NotVerified("it is not a checkpoint")
    root = base64(lines[2], NotVerified("its root is not base64"))
    if len(root) != 32:
        raise NotVerified("its root is not a hash")
    return Checkpoint(lines[0], int(lines[1]), root)


def base64(encoded: object, otherwise: Exception | None = None) -> bytes:
    """Decode base64 that has the one form its bytes have; raise `otherwise`, or ValueError."""
    try:
        if not isinstance(encoded, str):
            raise ValueError("not a text")
        value = b64decode(encoded, validate=True)
        if b64encode(value).decode() != encoded:
            raise ValueError("not its one form")
    except ValueError as error:
        raise otherwise or error from None
    return value


def read_json(data: bytes, name: str) -> Any:
    """Read JSON. Raises NotVerified."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise NotVerified(f"{name} is not JSON.") from None


def members(said: dict[str, Any], *names: str) -> list[Any]:
    """Return members of an object of JSON, None for what is not there."""
    return [said.get(name) for name in names]


def is_count(value: object) -> bool:
    """Say whether a value of JSON is a whole number from 0."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**19


# The bundle.


class Manifest(NamedTuple):
    """What the bundle says of itself. Nothing of it is signed: each of these is checked against what is."""

    origin: str
    key: str
    first: int
    events: int
    period: tuple[object, object]
    files: dict[str, str]

    @property
    def end(self) -> int:
        """The position after the last."""
        return self.first + self.events


class Bundle:
    """The files of a bundle."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        if {entry.compress_type for entry in archive.infolist()} - {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise NotVerified("the bundle is compressed in another way than by DEFLATE.")
        self.manifest = self._read_manifest()
        names = archive.namelist()
        listed = {*self.manifest.files, MANIFEST}
        if unlisted := sorted(set(names) - listed):
            raise NotVerified(f"the bundle holds {shown(unlisted[0])}, which its manifest does not list.")
        if missing := sorted((listed | {EVENTS, BEFORE, CHECKPOINTS}) - set(names)):
            raise NotVerified(f"the bundle lacks {shown(missing[0])}.")
        if len(names) != len(listed) or not {EVENTS, BEFORE, CHECKPOINTS} <= listed:
            raise NotVerified("the bundle's files are not those of its manifest, each once.")

    def open(self, name: str) -> IO[bytes]:
        """Open a file to be read as a stream."""
        return self._archive.open(name)

    def small_file(self, name: str) -> Any:
        """Read a file of JSON."""
        with self.open(name) as file:
            data = file.read(LARGEST_SMALL_FILE + 1)
        if len(data) > LARGEST_SMALL_FILE:
            raise NotVerified(f"{name} is too large.")
        return read_json(data, name)

    def _read_manifest(self) -> Manifest:
        if MANIFEST not in self._archive.namelist():
            raise NotVerified("the bundle lacks manifest.json.")
        said = self.small_file(MANIFEST)
        if not isinstance(said, dict) or said.get("format") != BUNDLE_FORMAT:
            raise NotVerified(f"manifest.json is not of the format {BUNDLE_FORMAT}.")
        origin, key, first, events, files = members(said, "origin", "key", "first", "events", "files")
        texts = isinstance(origin, str) and isinstance(key, str) and isinstance(files, dict)
        if not texts or not is_count(first) or not is_count(events):
            raise NotVerified("manifest.json lacks origin, key, first, events or files.")
        return Manifest(origin, key, first, events, (said.get("from"), said.get("to")), files)

    def tree_before(self) -> Tree:
        """Return the tree before the first event."""
        said = self.small_file(BEFORE)
        if not isinstance(said, dict) or said.get("size") != self.manifest.first:
            raise NotVerified("before.json is not of the size at which the manifest begins.")
        try:
            return Tree(self.manifest.first, [base64(value) for value in said["hashes"]])
        except (KeyError, TypeError, ValueError):
            raise NotVerified("before.json does not hold the hashes that its size demands.") from None

    def stamped(self) -> list[int]:
        """Return the sizes of the heads that a time-stamp token lies beside."""
        found = [match for match in map(STAMP.fullmatch, self._archive.namelist()) if match]
        notes, tokens = ({int(each[1]) for each in found if each[2] == kind} for kind in ("note", "tsr"))
        if odd := notes ^ tokens:
            raise NotVerified(f"of the time stamp over {min(odd)} events, one of the two files is missing.")
        return sorted(notes)

    def stamped_note(self, size: int) -> str:
        """Read the head of that size that has a token."""
        with self.open(f"timestamps/{size}.note") as file:
            return self._text(file.read(LONGEST_NOTE + 1), f"timestamps/{size}.note")

    def notes(self) -> Iterator[str]:
        """Yield the notes of checkpoints.txt."""
        with io.BufferedReader(self.open(CHECKPOINTS), CHUNK) as file:  # type: ignore[type-var]
            note = b""
            while line := file.readline(LONGEST_NOTE):
                if line in (b"---\n", b"---"):
                    yield self._text(note)
                    note = b""
                elif len(note) > LONGEST_NOTE:
                    raise NotVerified("checkpoints.txt holds a note that is too long.")
                else:
                    note += line
            yield self._text(note)

    @staticmethod
    def _text(note: bytes, name: str = CHECKPOINTS) -> str:
        try:
            return note.decode()
        except UnicodeDecodeError:
            raise NotVerified(f"{name} is not UTF-8.") from None

    def lines(self, digest: Any = None) -> Iterator[list[bytes]]:
        """Yield the lines of events.ndjson, some thousands at once; tell `digest` the bytes."""
        rest = b""
        with self.open(EVENTS) as file:
            while chunk := file.read(CHUNK):
                if digest:
                    digest.update(chunk)
                lines = (rest + chunk).split(b"\n")
                rest = lines.pop()
                if len(rest) > LONGEST_LINE:
                    raise NotVerified("events.ndjson holds a line that is too long.")
                yield lines
        if rest:
            raise NotVerified("the last line of events.ndjson does not end.")

    def digest(self, name: str) -> str:
        """Return a file's SHA-256 in hexadecimal digits."""
        digest = sha256()
        with self.open(name) as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
        return digest.hexdigest()


class Walk:
    """Goes through the events from checkpoint to checkpoint, each of which has to be the root at its size."""

    def __init__(self, bundle: Bundle, key: Key) -> None:
        self._bundle = bundle
        self._key = key
        self._tree = bundle.tree_before()
        self._notes = bundle.notes()
        self._awaited = frozenset(bundle.stamped())
        self._next: Checkpoint | None = None
        self.good: Checkpoint | None = None
        self.checkpoints = 0
        self.stamped: dict[int, Checkpoint] = {}
        self.first_line = self.last_line = b""

    def run(self, digest: Any) -> None:
        """Walk to the end. Raises NotVerified."""
        self._advance()
        self._settle()
        for lines in self._bundle.lines(digest):
            self._take(lines)
        if self._next:
            raise NotVerified(
                f"{self._since()}, lines are missing: events.ndjson ends before position {self._tree.size}, "
                f"a checkpoint is signed over {self._next.size} events."
            )
        if self.good is None or self.good.size != self._bundle.manifest.end:
            raise NotVerified(
                f"the events end at size {self._tree.size}, the manifest says {self._bundle.manifest.end}."
            )

    def _take(self, lines: list[bytes]) -> None:
        at = 0
        while at < len(lines):
            if self._next is None:
                raise NotVerified(
                    f"events.ndjson goes on after the last checkpoint: position {self._tree.size} is not signed."
                )
            taken = lines[at : at + self._next.size - self._tree.size]
            self._tree.extend([sha256(b"\x00" + line).digest() for line in taken])
            self.first_line = self.first_line or taken[0]
            self.last_line = taken[-1]
            at += len(taken)
            self._settle()

    def _settle(self) -> None:
        """Compare with the checkpoints of the size reached."""
        while self._next and self._next.size == self._tree.size:
            if self._tree.root() != self._next.root:
                raise NotVerified(self._wrong(self._next))
            self.good = self._next
            if self.good.size in self._awaited:
                self.stamped[self.good.size] = self.good
            self._advance()

    def _advance(self) -> None:
        """Open the next note, if there is one."""
        note = next(self._notes, None)
        if note is None:
            self._next = None
            return
        self.checkpoints += 1
        name = f"{self._since()}: checkpoint {self.checkpoints} of checkpoints.txt"
        try:
            checkpoint = open_note(note, self._key)
        except NotVerified as error:
            raise NotVerified(f"{name}: {error}.") from None
        if checkpoint.origin != self._bundle.manifest.origin:
            raise NotVerified(f"{name}: its origin is not the manifest's.")
        if not self._tree.size <= checkpoint.size <= self._bundle.manifest.end:
            raise NotVerified(f"{name}: its size, {checkpoint.size}, is out of order.")
        self._next = checkpoint

    def _since(self) -> str:
        """Say from where on nothing is verified."""
        if self.good is None:
            return f"from position {self._bundle.manifest.first} on"
        return f"from position {self.good.size} on (what is before it is verified)"

    def _wrong(self, checkpoint: Checkpoint) -> str:
        """Say between which positions something is wrong, and what can be told of it."""
        first = self._bundle.manifest.first
        start = first if self.good is None else self.good.size
        if start == checkpoint.size:
            return f"before.json is not the tree that checkpoint {self.checkpoints} signs at size {start}."
        told = f"between positions {start} and {checkpoint.size - 1}, something is not what was signed"
        if self.good is None and first:
            told += ", or before.json is not"
        return f"{told}.{self._line_not_json(start - first, checkpoint.size - first)}"

    def _line_not_json(self, start: int, end: int) -> str:
        """Name the first line, of these, that is not JSON."""
        number = 0
        for lines in self._bundle.lines():
            for line in lines:
                if start <= number < end and not is_json(line):
                    position = self._bundle.manifest.first + number
                    return f" Line {number + 1} of events.ndjson, position {position}, is not JSON."
                number += 1
            if number >= end:
                break
        return ""


def is_json(line: bytes) -> bool:
    """Say whether a line can be read."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def verify_bundle(path: Path, key: Key) -> str:
    """Verify a bundle; return what to tell. Raises NotVerified, Unreadable."""
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGED:
        raise Unreadable(f"{shown(str(path))} cannot be read as a zip file.") from None
    with archive:
        try:
            return verify_archive(Bundle(archive), key)
        except DAMAGED as error:
            raise NotVerified(f"the zip file is damaged ({type(error).__name__}).") from None


def verify_archive(bundle: Bundle, key: Key) -> str:
    """Walk through the events, then see that every file is the one that the manifest lists."""
    digest = sha256()
    walk = Walk(bundle, key)
    walk.run(digest)
    verify_stamped(bundle, walk, key)
    for name, listed in bundle.manifest.files.items():
        if listed != (digest.hexdigest() if name == EVENTS else bundle.digest(name)):
            raise NotVerified(f"{shown(name)} is not the file that the manifest lists.")
    if (
        bundle.manifest.key.strip()
        != f"{key.name}+{key.id.hex()}+" + b64encode(b"\x01" + key.public.encoded).decode()
    ):
        raise NotVerified("the manifest names another key than the one given.")
    return told_of(bundle.manifest, walk, key)


def verify_stamped(bundle: Bundle, walk: Walk, key: Key) -> None:
    """See that what time-stamp tokens lie beside are heads of this bundle; the tokens are not looked at."""
    for size in bundle.stamped():
        name = f"timestamps/{size}.note"
        try:
            head = open_note(bundle.stamped_note(size), key)
        except NotVerified as error:
            raise NotVerified(f"{name}: {error}.") from None
        if head != walk.stamped.get(size):
            raise NotVerified(f"{name} is not a head of this bundle.")


def told_of_stamps(walk: Walk) -> list[str]:
    """Say how many tokens there are, that they were not verified, and how they are."""
    if not walk.stamped:
        return []
    last = max(walk.stamped)
    return [
        f"Time stamps:      {len(walk.stamped):,}, NOT verified here; the last is over the first {last} events. Unzip the",
        "                  bundle, and ask openssl of each, with the authority's certificate from a place that you trust:",
        f"                  openssl ts -verify -data timestamps/{last}.note -in timestamps/{last}.tsr -CAfile AUTHORITY.pem",
    ]


def told_of(manifest: Manifest, walk: Walk, key: Key) -> str:
    """Say what was verified."""
    assert walk.good is not None  # noqa: S101 - the walk ended on a checkpoint
    root = b64encode(walk.good.root).decode()
    positions = f"{manifest.first} to {manifest.end - 1}" if manifest.events else "none"
    lines = [
        "OK: every event is the one that was signed, and none is missing between the first and the last.",
        f"Origin:           {shown(manifest.origin)}",
        f"Positions:        {positions}",
        f"Events:           {manifest.events:,}",
        f"First event:      {recorded(walk.first_line)}",
        f"Last event:       {recorded(walk.last_line)}",
        f"Checkpoints:      {walk.checkpoints:,}",
        f"Last checkpoint:  size {walk.good.size}, root {root}",
        f"Signed with:      {shown(key.name)}+{key.id.hex()}",
        *told_of_stamps(walk),
    ]
    if any(manifest.period):
        start, end = (shown(str(time or "open")) for time in manifest.period)
        lines.append(f"Period asked for: {start} to {end} (as the bundle says; this is not signed)")
    return "\n".join(lines)


def recorded(line: bytes) -> str:
    """Return the time at which an event was recorded."""
    if not line or not is_json(line):
        return "-"
    event = json.loads(line)
    return shown(str(event.get("recorded", "-"))) if isinstance(event, dict) else "-"


def verify_proof(path: Path, key: Key) -> str:
    """Verify the proof of one event; return what to tell. Raises NotVerified, Unreadable."""
    try:
        data = path.read_bytes()
    except OSError:
        raise Unreadable(f"{shown(str(path))} cannot be read.") from None
    said = read_json(data, "the proof")
    if not isinstance(said, dict) or said.get("format") != PROOF_FORMAT:
        raise NotVerified(f"the proof is not of the format {PROOF_FORMAT}.")
    position, proof, note = members(said, "position", "proof", "checkpoint")
    if not is_count(position) or not isinstance(proof, list) or not isinstance(note, str):
        raise NotVerified("the proof lacks position, payload, proof or checkpoint.")
    malformed = NotVerified("the payload or the proof is not base64.")
    payload = base64(said.get("payload"), malformed)
    hashes = [base64(value, malformed) for value in proof]
    try:
        checkpoint = open_note(note, key)
    except NotVerified as error:
        raise NotVerified(f"the checkpoint: {error}.") from None
    if not included(sha256(b"\x00" + payload).digest(), position, checkpoint.size, hashes, checkpoint.root):
        raise NotVerified(f"the event is not the one at position {position} of what was signed.")
    return told_of_proof(position, payload, checkpoint, key)


def told_of_proof(position: int, payload: bytes, checkpoint: Checkpoint, key: Key) -> str:
    """Say what was verified."""
    return "\n".join(
        [
            f"OK: this event is the one at position {position} of what was signed.",
            f"Origin:      {shown(checkpoint.origin)}",
            f"Recorded:    {recorded(payload)}",
            f"Checkpoint:  size {checkpoint.size}, root {b64encode(checkpoint.root).decode()}",
            f"Signed with: {shown(key.name)}+{key.id.hex()}",
            readable(payload),
        ]
    )


def readable(payload: bytes) -> str:
    """Return an event for people, or its bytes where it is not JSON."""
    try:
        return json.dumps(json.loads(payload), indent=2).replace("\x7f", "\\u007f")
    except (ValueError, RecursionError):
        return repr(payload)


def shown(text: str) -> str:
    """Return a text in ASCII without control characters: no bundle commands the terminal."""
    return json.dumps(text)[1:-1].replace("\x7f", "\\u007f")


def key_of(argument: str) -> Key:
    """Read the key from the file of that name, or take the argument as the key itself."""
    try:
        path = Path(argument)
        text = path.read_text(encoding="utf-8") if path.is_file() else argument
    except (OSError, ValueError):
        text = argument
    return read_key(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit status."""
    parser = argparse.ArgumentParser(description="Verify an extract of Isocenter's audit trail, offline.")
    parser.add_argument("--proof", action="store_true", help="FILE is the proof of a single event")
    parser.add_argument("file", metavar="FILE", type=Path, help="the bundle (zip), or the proof (JSON)")
    parser.add_argument("key", metavar="KEY", help="the verifier's key, or a file that holds it")
    options = parser.parse_args(arguments)
    try:
        key = key_of(options.key)
        told = verify_proof(options.file, key) if options.proof else verify_bundle(options.file, key)
    except Unreadable as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except NotVerified as error:
        sys.stdout.write(f"NOT VERIFIED: {error}\n")
        return 1
    sys.stdout.write(f"{told}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
