"""Whom a verifier believes: root certificates and revocation lists, as plain DER bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT_FILE = "root.der"
LIST_FILE = "revoked.crl"
OUTSIDE = "trusted"


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
        own = cls(roots=_read(folder / ROOT_FILE), lists=_read(folder / LIST_FILE))
        return own.plus(cls.outside(folder))

    @classmethod
    def outside(cls, folder: Path) -> Trust:
        """Outside authorities that this installation believes: DER files in `folder`/trusted.

        Root certificates end in .der, revocation lists in .crl. An outside time-stamping authority
        or signer needs its own here.
        """
        known = folder / OUTSIDE
        return cls(
            roots=tuple(path.read_bytes() for path in sorted(known.glob("*.der"))),
            lists=tuple(path.read_bytes() for path in sorted(known.glob("*.crl"))),
        )

    def plus(self, other: Trust) -> Trust:
        """This trust and another, for an installation that also believes an outside authority."""
        return Trust(self.roots + other.roots, self.lists + other.lists)


def _read(path: Path) -> tuple[bytes, ...]:
    try:
        return (path.read_bytes(),)
    except FileNotFoundError:
        return ()
