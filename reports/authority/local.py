"""The local certificate authority: one folder of keys and certificates, made when first needed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from reports.authority.certificates import (
    Identity,
    make_clock,
    make_list,
    make_root,
    make_seal,
)
from reports.authority.signer import LocalSigner
from reports.authority.timestamps import LocalTimestamper
from reports.files import locked, write_atomically
from reports.trust import LIST_FILE, ROOT_FILE, Trust

_SEAL_MARGIN = timedelta(days=30)
_LIST_MARGIN = timedelta(days=10)


@dataclass(frozen=True)
class LocalAuthority:
    """The authority in `folder` that issues in the name of `organisation`.

    Every part is made when it is first asked for, under a lock, so that two processes that start
    at once agree on one root. Keys are readable by their owner only.
    """

    folder: Path
    organisation: str

    def root(self, at: datetime) -> Identity:
        """The root, made at `at` if absent; its certificate lies beside it for anyone to take."""
        identity = self._identity("root", lambda: make_root(self.organisation, at))
        public = self.folder / ROOT_FILE
        if not public.exists():
            write_atomically(public, identity.der, mode=0o644)
        return identity

    def signer(self, organisation: str, at: datetime) -> LocalSigner:
        """The seal of `organisation`, with a new certificate when the old one nears its end."""
        root = self.root(at)
        name = "seal-" + hashlib.sha256(organisation.encode()).hexdigest()[:16]
        identity = self._identity(
            name,
            lambda: make_seal(root, organisation, at),
            good=lambda seal: _lasts(seal.certificate, at),
        )
        return LocalSigner(organisation, identity, (root.der,))

    def timestamper(self, clock: Callable[[], datetime]) -> LocalTimestamper:
        """The installation's own RFC 3161 authority, which attests the time of `clock`."""
        root = self.root(clock())
        identity = self._identity("clock", lambda: make_clock(root, self.organisation))
        return LocalTimestamper(identity, clock)

    def trust(self, at: datetime) -> Trust:
        """The root and a revocation list that is still good at `at`, and whom it trusts outside."""
        own = Trust(roots=(self.root(at).der,), lists=(self._list(at),))
        return own.plus(Trust.outside(self.folder))

    def _identity(
        self,
        name: str,
        make: Callable[[], Identity],
        good: Callable[[Identity], bool] = lambda identity: True,  # noqa: ARG005 - always good
    ) -> Identity:
        path = self.folder / f"{name}.pem"
        if (known := _load(path)) and good(known):
            return known
        with locked(self.folder):
            if (known := _load(path)) and good(known):
                return known
            identity = make()
            write_atomically(path, identity.dump(), mode=0o600)
            return identity

    def _list(self, at: datetime) -> bytes:
        root, path = self.root(at), self.folder / LIST_FILE
        if path.exists() and _covers(content := path.read_bytes(), at):
            return content
        with locked(self.folder):
            content = make_list(root, at)
            write_atomically(path, content, mode=0o644)
            return content


def open_authority(folder: Path, organisation: str) -> LocalAuthority:
    """The authority in `folder`; nothing is made before it is needed."""
    return LocalAuthority(folder, organisation)


def _load(path: Path) -> Identity | None:
    try:
        return Identity.load(path.read_bytes())
    except FileNotFoundError:
        return None


def _lasts(certificate: x509.Certificate, at: datetime) -> bool:
    left = certificate.not_valid_after_utc - at
    return certificate.not_valid_before_utc <= at and left > _SEAL_MARGIN


def _covers(revoked: bytes, at: datetime) -> bool:
    known = x509.load_der_x509_crl(revoked)
    end = known.next_update_utc
    return known.last_update_utc <= at and end is not None and end - at > _LIST_MARGIN
