"""The address of a Header: a hash over the elements that it holds, before they are decoded."""

import hashlib
from collections.abc import Collection, Sequence
from struct import pack
from typing import TYPE_CHECKING

from catalog.dicom.elements import Bulk, Decoded, RawElement, UndefinedLength, Value

if TYPE_CHECKING:
    from hashlib import blake2b

# Tells kinds of value apart; behind the VR.
_MARKS = {bytes: "", UndefinedLength: "*", Bulk: "#", Decoded: "="}


def header_hash(
    elements: Collection[RawElement],
    varying: tuple[tuple[str, str], ...],
    transfer_syntax: str,
    character_set: str,
) -> bytes:
    """32 bytes over tags, VRs, lengths and contents.

    The columns of what varies are hashed as well: a stored Header says which value of an instance is which.
    """
    return finish_hash(
        begin_hash(elements, varying, transfer_syntax, character_set),
        [hashed_content(element.value) for element in elements],
    )


def begin_hash(
    elements: Collection[RawElement],
    varying: tuple[tuple[str, str], ...],
    transfer_syntax: str,
    character_set: str,
) -> "blake2b":
    """The hash as far as it does not depend on the elements' contents, only on what kind of value each has."""
    tags, vrs, contents = zip(*elements, strict=True) if elements else ((), (), ())
    if not set(map(type, contents)) <= {bytes}:
        vrs = tuple(vr + _MARKS[type(value)] for vr, value in zip(vrs, contents, strict=True))
    heads = ",".join((transfer_syntax, character_set, *vrs)).encode("utf-8", "surrogatepass")
    begun = hashlib.blake2b(heads, digest_size=32)
    begun.update(repr(varying).encode())
    begun.update(pack(f"<{len(tags)}I", *tags))
    return begun


def finish_hash(begun: "blake2b", contents: Sequence[bytes]) -> bytes:
    """The hash with the elements' contents, in their order; changes what was begun."""
    begun.update(pack(f"<{len(contents)}I", *map(len, contents)))
    begun.update(b"".join(contents))
    return begun.digest()


def hashed_content(value: Value) -> bytes:
    """What of a value is hashed."""
    if isinstance(value, Bulk):
        return f"{value.length} {value.sha256}".encode()
    return value.canonical if isinstance(value, Decoded) else value
