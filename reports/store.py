"""The content-addressed file store: a file is named by the SHA-256 of what it holds."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from engine.errors import Conflict, Invalid, NotFound
from reports.files import write_atomically

_ADDRESS = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Store:
    """Files under `folder`, written once and never changed."""

    folder: Path

    def path(self, sha256: str) -> Path:
        """Where the content with this address lives, whether or not it is there yet."""
        if not _ADDRESS.fullmatch(sha256):
            raise Invalid("文件地址应为 64 位小写十六进制的 SHA-256。", field="sha256")
        return self.folder / sha256[:2] / sha256

    def exists(self, sha256: str) -> bool:
        """Whether something is kept under this address."""
        return self.path(sha256).is_file()

    def put(self, content: bytes) -> str:
        """Keep `content`; the answer is its address. A copy that rotted is put right."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.path(sha256)
        if not (path.is_file() and path.read_bytes() == content):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content, mode=0o444)
        return sha256

    def get(self, sha256: str) -> bytes:
        """The content at this address.

        Raises `NotFound` if nothing is kept there, `Conflict` if what is kept has changed.
        """
        try:
            content = self.path(sha256).read_bytes()
        except FileNotFoundError:
            raise NotFound("文件库中没有地址为 {sha256}… 的文件。", sha256=sha256[:12]) from None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Conflict("文件库中 {sha256}… 的内容已损坏，与其指纹不符。", sha256=sha256[:12])
        return content
