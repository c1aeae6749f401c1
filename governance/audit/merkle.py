"""The Merkle tree over the audit trail's events: RFC 6962 section 2.1 and RFC 9162 section 2.1, over SHA-256.

Positions count from 0. A subtree [start, end) is said as in RFC 6962: its first leaf, and the one after its last.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from itertools import islice
from typing import NamedTuple

# "MTH({}) = SHA-256()" (RFC 6962 section 2.1).
EMPTY_ROOT = sha256().digest()

# Every so many levels, nodes are kept: 2^8 leaves below one of level 8, 2^16 below one of level 16.
KEPT_EVERY = 8
_WIDTH = 1 << KEPT_EVERY

# Gives MTH(D[start:end]).
Subtree = Callable[[int, int], bytes]


class Node(NamedTuple):
    """A perfect subtree: of 2^level leaves, the first of which is at number × 2^level."""

    level: int
    number: int
    hash: bytes


def leaf_hash(payload: bytes) -> bytes:
    """Return "SHA-256(0x00 || d(0))", the hash of one event (RFC 6962 section 2.1)."""
    return sha256(b"\x00" + payload).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return "SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n]))" (RFC 6962 section 2.1).

    Its prefix differs from a leaf's, or the tree would not withstand second preimages.
    """
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """All that later leaves need of the first `size`: the hashes of the perfect subtrees they make, largest first.

    There is one for each bit set in `size`, so that a tree of a million million leaves is carried on from 40 hashes
    at most. `size` and `hashes` are what is to be stored.
    """

    __slots__ = ("_hashes", "_size")

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self._size = size
        self._hashes = list(hashes)
        if size < 0 or len(self._hashes) != size.bit_count():
            raise ValueError(f"{len(self._hashes)} hashes are no frontier of {size} leaves.")
        if not all(map(_is_hash, self._hashes)):
            raise ValueError("A hash of a frontier has 32 bytes.")

    @property
    def size(self) -> int:
        """The number of leaves."""
        return self._size

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The perfect subtrees' hashes, largest first."""
        return tuple(self._hashes)

    def append(self, leaf: bytes) -> None:
        """Take in the hash of the next leaf. Who keeps nodes uses `extend`, which tells of them."""
        position, hashes = self._size, self._hashes
        while position & 1:
            leaf = sha256(b"\x01" + hashes.pop() + leaf).digest()
            position >>= 1
        hashes.append(leaf)
        self._size += 1

    def extend(self, leaves: Iterable[bytes]) -> list[Node]:
        """Take in the hashes of the next leaves; return the nodes to keep that they complete, in order."""
        completed: list[Node] = []
        rest = iter(leaves)
        while block := list(islice(rest, _WIDTH - self._size % _WIDTH)):
            if len(block) == _WIDTH:
                self._push(KEPT_EVERY, _perfect_root(block), completed)
            else:
                for leaf in block:
                    self._push(0, leaf, completed)
        return completed

    def root(self) -> bytes:
        """Return the Merkle tree hash of all leaves so far."""
        return _fold(self._hashes)

    def _push(self, level: int, digest: bytes, completed: list[Node]) -> None:
        """Add a perfect subtree of `level` at the right edge, and join what it completes."""
        number = self._size >> level
        self._size += 1 << level
        while True:
            if level and level % KEPT_EVERY == 0:
                completed.append(Node(level, number, digest))
            if not number & 1:
                break
            digest = node_hash(self._hashes.pop(), digest)
            level, number = level + 1, number >> 1
        self._hashes.append(digest)


class StoredTree:
    """Subtrees' hashes, from the leaves and the kept nodes.

    `read_leaves(start, end)` gives the leaves' hashes, `read_node(level, number)` a kept node or None, where it is
    not kept (yet): then its children are read. One proof reads at most 511 leaves and 511 nodes of each kept level,
    half of them for the ragged right edge.
    """

    def __init__(
        self,
        read_leaves: Callable[[int, int], Sequence[bytes]],
        read_node: Callable[[int, int], bytes | None],
    ) -> None:
        self._read_leaves = read_leaves
        self._read_node = read_node

    def subtree(self, start: int, end: int) -> bytes:
        """Return MTH(D[start:end]), where `start` is one at which RFC 6962 section 2.1 splits a tree."""
        hashes: list[bytes] = []
        while start < end:
            level = (end - start).bit_length() - 1
            if start % (1 << level):
                raise ValueError(f"[{start}, {end}) is no subtree.")
            hashes.append(self._perfect(level, start >> level))
            start += 1 << level
        return _fold(hashes)

    def _perfect(self, level: int, number: int) -> bytes:
        """Return the hash of 2^level leaves: as it was kept, or from the kept level below."""
        kept = level > 0 and level % KEPT_EVERY == 0
        if kept and (digest := self._read_node(level, number)) is not None:
            return digest
        if level <= KEPT_EVERY:
            return _perfect_root(self._leaves(number << level, (number + 1) << level))
        below = (level - 1) // KEPT_EVERY * KEPT_EVERY
        wide = level - below
        return _perfect_root([self._perfect(below, n) for n in range(number << wide, (number + 1) << wide)])

    def _leaves(self, start: int, end: int) -> Sequence[bytes]:
        leaves = self._read_leaves(start, end)
        if len(leaves) != end - start:
            raise LookupError(f"Of the leaves [{start}, {end}), {len(leaves)} are there.")
        return leaves


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """Return PATH(index, D[size]): that the leaf is in the tree (RFC 6962 section 2.1.1, RFC 9162 section 2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError(f"Position {index} is not in a tree of {size} leaves.")
    start, end = 0, size
    proof: list[bytes] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(subtree(middle, end))
            end = middle
        else:
            proof.append(subtree(start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """Return PROOF(old, D[new]): that the old tree is the beginning of the new one.

    RFC 6962 section 2.1.2, RFC 9162 section 2.1.4.1. Of an empty old tree, and of the same size, it is empty.
    """
    if not 0 <= old <= new:
        raise ValueError(f"A tree of {old} leaves is not the beginning of one of {new}.")
    if old in (0, new):
        return []
    start, end = 0, new
    proof: list[bytes] = []
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(subtree(middle, end))
            end = middle
        else:
            proof.append(subtree(start, middle))
            start = middle
    # "The initial value of b" is true, and stays so while the old tree is this subtree: its root is known then.
    if start:
        proof.append(subtree(start, end))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Say whether `proof` shows the leaf of hash `leaf` at `index` of the tree of that size and root.

    RFC 9162 section 2.1.3.2; the names are the RFC's. Whatever comes in, the answer is yes or no.
    """
    if not 0 <= index < size or not all(map(_is_hash, (leaf, root, *proof))):
        return False
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            fn, sn = _skip_right_edge(fn, sn)
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Say whether `proof` shows that the old tree is the beginning of the new one.

    RFC 9162 section 2.1.4.2; the names are the RFC's. Of the empty tree, which the RFC leaves out, every tree is a
    continuation. Whatever comes in, the answer is yes or no.
    """
    if not 0 <= old_size <= new_size or not all(map(_is_hash, (old_root, new_root, *proof))):
        return False
    if old_size == new_size:
        return not proof and old_root == new_root and (old_size > 0 or old_root == EMPTY_ROOT)
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    path = [old_root, *proof] if old_size.bit_count() == 1 else list(proof)
    return bool(proof) and _continues(old_size, old_root, new_size, new_root, path)


def _continues(old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: list[bytes]) -> bool:
    """Do steps 4 to 7 of RFC 9162 section 2.1.4.2."""
    fn, sn = old_size - 1, new_size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            fn, sn = _skip_right_edge(fn, sn)
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == old_root and sr == new_root


def _skip_right_edge(fn: int, sn: int) -> tuple[int, int]:
    """Shift both "until either LSB(fn) is set or fn is 0" (RFC 9162 section 2.1.3.2)."""
    while fn and not fn & 1:
        fn, sn = fn >> 1, sn >> 1
    return fn, sn


def _split(count: int) -> int:
    """Return "the largest power of two smaller than n" (RFC 6962 section 2.1)."""
    return 1 << ((count - 1).bit_length() - 1)


def _perfect_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over hashes of one level, as many as a power of two."""
    while len(hashes) > 1:
        row = b"".join(hashes)
        hashes = [sha256(b"\x01" + row[at : at + 64]).digest() for at in range(0, len(row), 64)]
    return hashes[0]


def _fold(hashes: Sequence[bytes]) -> bytes:
    """Return the root over perfect subtrees, largest first: each is the left side of all that follow."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def _is_hash(value: object) -> bool:
    return isinstance(value, bytes) and len(value) == 32
