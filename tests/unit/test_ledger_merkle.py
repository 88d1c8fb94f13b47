"""Merkle proofs show what they claim, and nothing else is accepted (RFC 9162 §2.1)."""

from __future__ import annotations

import hashlib

import pytest

from engine.ledger.merkle import (
    BadProof,
    prove_consistency,
    prove_inclusion,
    root,
    verify_consistency,
    verify_inclusion,
)

SIZES = range(1, 34)
LEAVES = [hashlib.sha256(bytes([0, n])).digest() for n in range(max(SIZES))]
OTHER = hashlib.sha256(b"other").digest()
# Certificate Transparency's reference tree of eight leaves (RFC 6962's first implementation).
CT_INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
CT_INPUTS.append("606162636465666768696a6b6c6d6e6f")
CT_ROOT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_the_root_is_that_of_the_reference_tree() -> None:
    leaves = [hashlib.sha256(b"\x00" + bytes.fromhex(text)).digest() for text in CT_INPUTS]
    assert root(leaves).hex() == CT_ROOT


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert root([]) == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_of_every_tree_proves_its_place_and_no_other(size: int) -> None:
    leaves = LEAVES[:size]
    top = root(leaves)
    for index in range(size):
        path = prove_inclusion(leaves, index)
        verify_inclusion(index, size, leaves[index], path, top)
        for wrong in {index - 1, index + 1, size} - {index}:
            with pytest.raises(BadProof):
                verify_inclusion(wrong, size, leaves[index], path, top)


@pytest.mark.parametrize("size", SIZES)
def test_an_inclusion_proof_that_was_tampered_with_is_refused(size: int) -> None:
    leaves = LEAVES[:size]
    top, index = root(leaves), size // 2
    path = prove_inclusion(leaves, index)
    bad_paths = [[*path, OTHER], [OTHER, *path], path[:-1] or [OTHER]]
    bad_paths += [[*path[:n], OTHER, *path[n + 1 :]] for n in range(len(path))]
    for bad in bad_paths:
        with pytest.raises(BadProof):
            verify_inclusion(index, size, leaves[index], bad, top)
    with pytest.raises(BadProof):
        verify_inclusion(index, size, OTHER, path, top)
    with pytest.raises(BadProof):
        verify_inclusion(index, size, leaves[index], path, OTHER)


@pytest.mark.parametrize("later", SIZES)
def test_every_tree_proves_that_it_continues_every_earlier_one(later: int) -> None:
    leaves = LEAVES[:later]
    for earlier in range(1, later + 1):
        path = prove_consistency(leaves, earlier)
        verify_consistency(earlier, later, root(leaves[:earlier]), root(leaves), path)


@pytest.mark.parametrize("later", range(2, 20))
def test_a_consistency_proof_that_was_tampered_with_is_refused(later: int) -> None:
    leaves = LEAVES[:later]
    for earlier in range(1, later):
        old, new = root(leaves[:earlier]), root(leaves)
        path = prove_consistency(leaves, earlier)
        bad_paths = [[*path, OTHER], [OTHER, *path], path[:-1], []]
        bad_paths += [[*path[:n], OTHER, *path[n + 1 :]] for n in range(len(path))]
        for bad in bad_paths:
            with pytest.raises(BadProof):
                verify_consistency(earlier, later, old, new, bad)
        for pair in [(OTHER, new), (old, OTHER), (new, old)]:
            with pytest.raises(BadProof):
                verify_consistency(earlier, later, *pair, path)


@pytest.mark.parametrize(("earlier", "later"), [(0, 0), (0, 1), (0, 8), (2, 1), (-1, 3)])
def test_growth_from_nothing_or_backwards_proves_nothing(earlier: int, later: int) -> None:
    nothing = root([])
    with pytest.raises(BadProof):
        verify_consistency(earlier, later, nothing, nothing, [])


def test_two_trees_of_one_size_must_be_the_same() -> None:
    top = root(LEAVES[:5])
    verify_consistency(5, 5, top, top, [])
    for old, new, path in [(top, OTHER, []), (top, top, [OTHER])]:
        with pytest.raises(BadProof):
            verify_consistency(5, 5, old, new, path)


def test_hashes_of_another_length_are_refused() -> None:
    with pytest.raises(BadProof):
        verify_inclusion(0, 1, b"", [], b"")
    with pytest.raises(BadProof):
        verify_inclusion(0, 2, LEAVES[0], [b"short"], root(LEAVES[:2]))
    with pytest.raises(BadProof):
        verify_consistency(1, 1, b"", b"", [])


def test_a_leaf_that_is_not_there_has_no_proof() -> None:
    for index in (-1, 3):
        with pytest.raises(IndexError):
            prove_inclusion(LEAVES[:3], index)
    for earlier in (0, 4):
        with pytest.raises(IndexError):
            prove_consistency(LEAVES[:3], earlier)
