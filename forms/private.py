"""Secrets that an installation makes for itself: random text in a file of its owner alone."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def keep_private(path: Path, size: int) -> str:
    """The secret text in `path`, made of `size` random bytes if absent.

    Of processes that make it at once the first one's counts, and none sees half of it.
    """
    with suppress(FileNotFoundError):
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    mine = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(size))
    with suppress(FileExistsError):
        os.link(mine, path)
    mine.unlink()
    return path.read_text().strip()
