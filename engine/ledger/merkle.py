"""The Merkle tree of RFC 9162 §2.1 over the ledger's leaves: roots, proofs and their verifiers.

The verifiers also refuse what the RFC's text leaves open and known clients wrongly accepted:
growth from an empty tree, hashes that are not 32 bytes long, and steps left over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

SIZE = 32


class BadProof(ValueError):
    """The proof does not show what it claims."""


def node(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The tree's root hash; of no leaves it is SHA-256 of nothing."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    return _subtree(leaves, 0, len(leaves))


def prove_inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The path from leaf `index` (from 0) up to the root; `IndexError` if there is no such leaf."""
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    path: list[bytes] = []
    start, end = 0, len(leaves)
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_subtree(leaves, middle, end))
            end = middle
        else:
            path.append(_subtree(leaves, start, middle))
            start = middle
    return path[::-1]


def prove_consistency(leaves: Sequence[bytes], earlier: int) -> list[bytes]:
    """That the tree of all leaves continues the tree of the first `earlier` ones."""
    if not 0 < earlier <= len(leaves):
        raise IndexError(earlier)
    path: list[bytes] = []
    start, end, known = 0, len(leaves), True
    while earlier != end:
        middle = start + _split(end - start)
        if earlier <= middle:
            path.append(_subtree(leaves, middle, end))
            end = middle
        else:
            path.append(_subtree(leaves, start, middle))
            start, known = middle, False
    if not known:
        path.append(_subtree(leaves, start, end))
    return path[::-1]


def verify_inclusion(
    index: int, size: int, leaf: bytes, path: Sequence[bytes], root_hash: bytes
) -> None:
    """`BadProof` unless `leaf` is number `index` of the `size` leaves under the root (§2.1.3.2)."""
    if not 0 <= index < size:
        raise BadProof("no such leaf")
    _check_sizes(leaf, root_hash, *path)
    position, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            raise BadProof("steps left over")
        if position & 1 or position == last:
            found = node(step, found)
            position, last = _rise(position, last)
        else:
            found = node(found, step)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise BadProof("steps missing")
    if found != root_hash:
        raise BadProof("another root")


def verify_consistency(
    earlier: int, later: int, earlier_root: bytes, later_root: bytes, path: Sequence[bytes]
) -> None:
    """`BadProof` unless the later tree only appends to the earlier one (§2.1.4.2)."""
    if not 0 < earlier <= later:
        raise BadProof("sizes that no log can have had")
    _check_sizes(earlier_root, later_root, *path)
    if earlier == later:
        if path or earlier_root != later_root:
            raise BadProof("two trees of one size must be the same, without proof")
        return
    steps = list(path) if earlier & (earlier - 1) else [earlier_root, *path]
    if not path:
        raise BadProof("steps missing")
    if _both_roots(earlier, later, steps) != (earlier_root, later_root):
        raise BadProof("another root")


def _both_roots(earlier: int, later: int, steps: Sequence[bytes]) -> tuple[bytes, bytes]:
    position, last = earlier - 1, later - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise BadProof("steps left over")
        if position & 1 or position == last:
            old, new = node(step, old), node(step, new)
            position, last = _rise(position, last)
        else:
            new = node(new, step)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise BadProof("steps missing")
    return old, new


def _rise(position: int, last: int) -> tuple[int, int]:
    """Skip the levels on which the node has no sibling of its own."""
    while position and not position & 1:
        position, last = position >> 1, last >> 1
    return position, last


def _check_sizes(*hashes: bytes) -> None:
    if any(len(value) != SIZE for value in hashes):
        raise BadProof("a hash that is not 32 bytes long")


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def _subtree(leaves: Sequence[bytes], start: int, end: int) -> bytes:
    if end - start == 1:
        return leaves[start]
    middle = start + _split(end - start)
    return node(_subtree(leaves, start, middle), _subtree(leaves, middle, end))
