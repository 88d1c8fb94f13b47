"""The content-addressed file store."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest

from engine.errors import Conflict, Invalid, NotFound
from reports.store import Store


def test_what_is_put_is_got_by_its_hash(tmp_path: Path) -> None:
    store = Store(tmp_path)
    address = store.put(b"content")
    assert address == hashlib.sha256(b"content").hexdigest()
    assert store.exists(address)
    assert store.get(address) == b"content"


def test_the_same_content_is_kept_once_and_read_only(tmp_path: Path) -> None:
    store = Store(tmp_path)
    address = store.put(b"content")
    inode = store.path(address).stat().st_ino
    assert store.put(b"content") == address
    assert store.path(address).stat().st_ino == inode
    assert stat.S_IMODE(store.path(address).stat().st_mode) == 0o444
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [store.path(address)]


def test_content_that_rotted_is_told_and_put_right_by_the_next_put(tmp_path: Path) -> None:
    store = Store(tmp_path)
    address = store.put(b"content")
    store.path(address).chmod(0o644)
    store.path(address).write_bytes(b"contenT")
    with pytest.raises(Conflict):
        store.get(address)
    store.put(b"content")
    assert store.get(address) == b"content"


def test_what_was_never_put_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Store(tmp_path).get("0" * 64)


@pytest.mark.parametrize("address", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_an_address_is_a_hash_and_nothing_else(tmp_path: Path, address: str) -> None:
    with pytest.raises(Invalid):
        Store(tmp_path).path(address)
