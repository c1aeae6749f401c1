"""The tree of RFC 6962: against its own recursive definition, its reference vectors, and changed proofs."""

from functools import cache
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.audit.merkle import (
    EMPTY_ROOT,
    Frontier,
    Node,
    StoredTree,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

# The leaves and roots with which Certificate Transparency's own implementations test their trees.
REFERENCE_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
REFERENCE_ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


# PATH(5, D[8]) and PROOF(6, D[8]) of the same tree.
REFERENCE_PATH = [
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]
REFERENCE_PROOF = [
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]


def leaves_of(count: int) -> list[bytes]:
    return [leaf_hash(b"%d" % number) for number in range(count)]


LEAVES = leaves_of(70_000)
sizes = st.integers(1, 3_000)


def defined_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + defined_root(leaves[:k]) + defined_root(leaves[k:])).digest()


@cache
def nodes_of(size: int) -> dict[tuple[int, int], bytes]:
    return {(level, number): digest for level, number, digest in Frontier().extend(LEAVES[:size])}


@cache
def root_of(size: int) -> bytes:
    frontier = Frontier()
    frontier.extend(LEAVES[:size])
    return frontier.root()


def subtree(start: int, end: int) -> bytes:
    return defined_root(LEAVES[start:end])


def with_a_bit_changed(proof: list[bytes], bit: int) -> list[bytes]:
    joined = bytearray(b"".join(proof))
    bit %= len(joined) * 8
    joined[bit // 8] ^= 1 << bit % 8
    return [bytes(joined[at : at + 32]) for at in range(0, len(joined), 32)]


class Stored:
    """Leaves and kept nodes as a database would hold them, with a count of what was read."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.nodes = dict(nodes_of(size))
        self.leaves_read = 0
        self.nodes_read: dict[int, int] = {}
        self.tree = StoredTree(self.read_leaves, self.read_node)

    def read_leaves(self, start: int, end: int) -> list[bytes]:
        self.leaves_read += end - start
        return LEAVES[: self.size][start:end]

    def read_node(self, level: int, number: int) -> bytes | None:
        self.nodes_read[level] = self.nodes_read.get(level, 0) + 1
        return self.nodes.get((level, number))

    def reads(self) -> int:
        """The most that was read of one level."""
        return max([self.leaves_read, *self.nodes_read.values()])


@pytest.mark.parametrize("size", REFERENCE_ROOTS)
def test_the_reference_tree_of_certificate_transparency_has_its_roots(size: int):
    frontier = Frontier()
    frontier.extend(map(leaf_hash, REFERENCE_LEAVES[:size]))
    assert frontier.root().hex() == REFERENCE_ROOTS[size]


def test_the_reference_tree_of_certificate_transparency_has_its_proofs():
    reference = [leaf_hash(leaf) for leaf in REFERENCE_LEAVES]

    def part(start: int, end: int) -> bytes:
        return defined_root(reference[start:end])

    assert [part.hex() for part in inclusion_proof(5, 8, part)] == REFERENCE_PATH
    assert [part.hex() for part in consistency_proof(6, 8, part)] == REFERENCE_PROOF


def test_an_empty_tree_has_the_hash_of_nothing():
    assert Frontier().root() == EMPTY_ROOT == sha256(b"").digest()
    assert Frontier().hashes == ()


def test_every_small_tree_has_the_root_that_the_rfc_defines():
    frontier = Frontier()
    for size in range(301):
        assert (frontier.size, frontier.root()) == (size, defined_root(LEAVES[:size]))
        frontier.append(LEAVES[size])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 1_500), max_size=4))
def test_leaves_taken_in_any_portions_give_the_defined_root(portions: list[int]):
    frontier, at = Frontier(), 0
    for portion in portions:
        frontier = Frontier(frontier.size, frontier.hashes)
        frontier.extend(iter(LEAVES[at : at + portion]))
        at += portion
    assert frontier.size == at
    assert frontier.root() == defined_root(LEAVES[:at])


@pytest.mark.parametrize("portion", [1, 255, 257, 1_000, 70_000])
def test_completed_subtrees_are_told_once_and_in_order(portion: int):
    frontier, told = Frontier(), list[Node]()
    for at in range(0, len(LEAVES), portion):
        told += frontier.extend(LEAVES[at : at + portion])
    expected = {(8, number) for number in range(70_000 // 256)} | {(16, 0)}
    assert [(level, number) for level, number, _ in told if level == 8] == sorted(expected - {(16, 0)})
    assert {(level, number) for level, number, _ in told} == expected
    assert len(told) == len(expected)
    for level, number, digest in (
        told[0],
        told[100],
        told[-1],
        next(node for node in told if node.level == 16),
    ):
        assert digest == subtree(number << level, (number + 1) << level)


def test_a_frontier_refuses_hashes_that_do_not_fit_its_size():
    for size, hashes in ((3, [EMPTY_ROOT]), (0, [EMPTY_ROOT]), (1, [b"short"]), (-1, [EMPTY_ROOT]), (4, [])):
        with pytest.raises(ValueError, match="hash"):
            Frontier(size, hashes)


@pytest.mark.parametrize("size", [*range(1, 34), 63, 64, 65])
def test_every_inclusion_proof_of_small_trees_verifies(size: int):
    root = root_of(size)
    for index in range(size):
        proof = inclusion_proof(index, size, subtree)
        assert verify_inclusion(LEAVES[index], index, size, proof, root)
        for other in range(size):
            assert other == index or not verify_inclusion(LEAVES[index], other, size, proof, root)


@settings(max_examples=80, deadline=None)
@given(sizes, st.data())
def test_a_changed_inclusion_proof_never_verifies(size: int, data: st.DataObject):
    index = data.draw(st.integers(0, size - 1))
    proof, root, leaf = inclusion_proof(index, size, subtree), root_of(size), LEAVES[index]
    assert verify_inclusion(leaf, index, size, proof, root)
    if proof:
        changed = with_a_bit_changed(proof, data.draw(st.integers(0, 10**6)))
        assert not verify_inclusion(leaf, index, size, changed, root)
        assert not verify_inclusion(leaf, index, size, proof[:-1], root)
    assert not verify_inclusion(leaf, index, size, [*proof, EMPTY_ROOT], root)
    assert not verify_inclusion(LEAVES[size], index, size, proof, root)
    assert not verify_inclusion(leaf, index, size, proof, LEAVES[size])


@pytest.mark.parametrize("new", [*range(1, 34), 63, 64, 65])
def test_every_consistency_proof_of_small_trees_verifies(new: int):
    for old in range(new + 1):
        proof = consistency_proof(old, new, subtree)
        assert verify_consistency(old, root_of(old), new, root_of(new), proof)


@settings(max_examples=80, deadline=None)
@given(sizes, st.data())
def test_a_changed_consistency_proof_never_verifies(new: int, data: st.DataObject):
    old = data.draw(st.integers(1, new))
    proof, before, after = consistency_proof(old, new, subtree), root_of(old), root_of(new)
    assert verify_consistency(old, before, new, after, proof)
    if proof:
        changed = with_a_bit_changed(proof, data.draw(st.integers(0, 10**6)))
        assert not verify_consistency(old, before, new, after, changed)
        assert not verify_consistency(old, before, new, after, proof[:-1])
    assert not verify_consistency(old, before, new, after, [*proof, EMPTY_ROOT])
    assert not verify_consistency(old, LEAVES[new], new, after, proof)
    assert not verify_consistency(old, before, new, LEAVES[new], proof)


def test_trees_of_the_same_size_are_consistent_only_when_equal():
    assert verify_consistency(5, root_of(5), 5, root_of(5), [])
    assert not verify_consistency(5, root_of(5), 5, root_of(6), [])
    assert not verify_consistency(0, root_of(5), 0, root_of(5), [])
    assert verify_consistency(0, EMPTY_ROOT, 5, root_of(5), [])
    assert not verify_consistency(0, root_of(1), 5, root_of(5), [])


junk = st.one_of(st.binary(max_size=40), st.sampled_from(LEAVES[:4]))


@given(junk, st.integers(-3, 2**70), st.integers(-3, 2**70), st.lists(junk, max_size=80), junk)
def test_whatever_comes_in_as_proof_is_only_refused(
    leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes
):
    assert verify_inclusion(leaf, index, size, proof, root) is (
        (index, size, proof, leaf) == (0, 1, [], root) and len(leaf) == 32
    )
    trivial = index == size and proof == [] and leaf == root and len(leaf) == 32 and size > 0
    assert verify_consistency(index, leaf, size, root, proof) is trivial


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0)])
def test_no_proof_is_made_for_what_is_not_there(index: int, size: int):
    with pytest.raises(ValueError, match="not in a tree"):
        inclusion_proof(index, size, subtree)
    with pytest.raises(ValueError, match="not the beginning"):
        consistency_proof(size + 1, size, subtree)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([70_000, 69_999, 65_536, 65_535, 65_537, 300, 256, 255, 1]), st.data())
def test_proofs_from_stored_nodes_verify_and_read_little(size: int, data: st.DataObject):
    stored = Stored(size)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, stored.tree.subtree)
    assert verify_inclusion(LEAVES[index], index, size, proof, root_of(size))
    assert stored.reads() <= 511
    old, stored = index + 1, Stored(size)
    proof = consistency_proof(old, size, stored.tree.subtree)
    assert verify_consistency(old, root_of(old), size, root_of(size), proof)
    assert stored.reads() <= 511


def test_subtrees_without_kept_nodes_are_made_from_leaves():
    stored = Stored(65_536)
    whole = stored.nodes.pop((16, 0))
    del stored.nodes[8, 3]
    assert stored.tree.subtree(0, 65_536) == whole
    assert stored.leaves_read == 256


def test_missing_leaves_are_said_to_be_missing():
    with pytest.raises(LookupError, match="are there"):
        Stored(300).tree.subtree(256, 512)


def test_what_is_no_subtree_of_any_tree_is_refused():
    with pytest.raises(ValueError, match="no subtree"):
        Stored(300).tree.subtree(1, 3)


def test_leaves_and_nodes_hash_into_different_domains():
    for left, right in pairwise(LEAVES[:5]):
        assert node_hash(left, right) != leaf_hash(left + right)
