"""Whom a verifier believes: root certificates and revocation lists, as plain DER bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT_FILE = "root.der"
LIST_FILE = "revoked.crl"


@dataclass(frozen=True)
class Trust:
    """Root certificates (DER) that are believed, and the revocation lists (DER) at hand."""

    roots: tuple[bytes, ...] = ()
    lists: tuple[bytes, ...] = ()

    @classmethod
    def load(cls, folder: Path) -> Trust:
        """The trust of the installation whose authority lives in `folder`; empty if there is none.

        Reads only: verifying a file must never found an authority.
        """
        return cls(roots=_read(folder / ROOT_FILE), lists=_read(folder / LIST_FILE))

    def plus(self, other: Trust) -> Trust:
        """This trust and another, for an installation that also believes an outside authority."""
        return Trust(self.roots + other.roots, self.lists + other.lists)


def _read(path: Path) -> tuple[bytes, ...]:
    try:
        return (path.read_bytes(),)
    except FileNotFoundError:
        return ()
