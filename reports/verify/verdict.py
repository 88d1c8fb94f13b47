"""The verdict on a file, as data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

FileState = Literal["valid", "altered", "untrusted", "unsigned", "unreadable"]
SignatureState = Literal["valid", "altered", "untrusted"]
LedgerState = Literal["matches", "differs", "unknown"]
LedgerAnswer = Callable[[str], LedgerState]


@dataclass(frozen=True)
class SignatureVerdict:
    """One signature: who, at which PAdES level, when (the timestamp's time if there is one).

    `covers_whole_file` says whether nothing follows its signed bytes but its own security store.
    """

    signer: str
    level: str
    signed_at: datetime | None
    covers_whole_file: bool
    verdict: SignatureState

    def as_dict(self) -> dict[str, object]:
        """Plain data for JSON."""
        return {
            "signer": self.signer,
            "level": self.level,
            "signed_at": self.signed_at.isoformat() if self.signed_at else None,
            "covers_whole_file": self.covers_whole_file,
            "verdict": self.verdict,
        }


@dataclass(frozen=True)
class Verdict:
    """The file's verdict, its signatures', and what the ledger knows of the file's SHA-256."""

    verdict: FileState
    sha256: str
    signatures: tuple[SignatureVerdict, ...] = ()
    ledger: LedgerState = "unknown"

    def as_dict(self) -> dict[str, object]:
        """Plain data for JSON."""
        return {
            "verdict": self.verdict,
            "sha256": self.sha256,
            "ledger": self.ledger,
            "signatures": [signature.as_dict() for signature in self.signatures],
        }


def worst(signatures: Sequence[SignatureVerdict]) -> FileState:
    """A file is as good as its worst signature; none at all is `altered`: there was a trace."""
    states = {signature.verdict for signature in signatures}
    if not states or "altered" in states:
        return "altered"
    return "untrusted" if "untrusted" in states else "valid"
