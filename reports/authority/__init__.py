"""The installation's own certificate authority: root, sealing certificates, revocation, time."""

from __future__ import annotations

from reports.authority.local import LocalAuthority, open_authority
from reports.authority.outside import open_key_file
from reports.authority.signer import LocalSigner, Signer
from reports.authority.timestamps import LocalTimestamper, RemoteTimestamper, Timestamper

__all__ = [
    "LocalAuthority",
    "LocalSigner",
    "LocalTimestamper",
    "RemoteTimestamper",
    "Signer",
    "Timestamper",
    "open_authority",
    "open_key_file",
]
