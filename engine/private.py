"""Secrets that an installation makes for itself: text in a file of its owner alone."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def keep_private(path: Path, make: Callable[[], str]) -> str:
    """The secret text in `path`, made by `make` if absent; it survives a power cut.

    Of processes that make it at once the first one's counts, and none sees half of it.
    """
    with suppress(FileNotFoundError):
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    mine = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(make())
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(mine, path)
    mine.unlink()
    return path.read_text().strip()


def random_text() -> str:
    """Text that nobody can guess: 48 random bytes, safe in addresses."""
    return secrets.token_urlsafe(48)
