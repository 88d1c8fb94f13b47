"""Checking the whole ledger: every byte of every entry, the numbers, the chain, the checkpoints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from engine.ledger.chain import GENESIS, Head, next_head
from engine.ledger.rows import RawEntry, agrees, raw_entries
from engine.sentences import Sentence

CHANGED = Sentence("内容与其指纹不符")
MISSING = Sentence("缺少这一条")
CHAIN = Sentence("与前一条的链接不符")
CHECKPOINT = Sentence("与已签名的检查点不符")
PENDING = Sentence("尚未编号却已有链接")


@dataclass(frozen=True)
class LedgerVerdict:
    """What the check found.

    `entries` counts the numbered and `pending` the others. `first_bad` is the place in the log of
    the first entry that is wrong or missing (for a pending one the place it would get), `problem`
    says what is wrong with it.
    """

    ok: bool
    entries: int
    pending: int
    first_bad: int | None
    problem: str | None


@dataclass
class _Check:
    """One walk along the log."""

    known: dict[int, bytes]
    head: bytes = GENESIS
    entries: int = 0
    pending: int = 0
    problems: dict[int, str] = field(default_factory=dict)

    def take(self, entry: RawEntry) -> None:
        """Look at the next row."""
        if entry.number is None:
            self.pending += 1
            place = self.entries + self.pending
            self._expect(entry.head is None, place, PENDING)
        else:
            self.entries += 1
            place = self.entries
            self._expect(entry.number == place, place, MISSING)
            self._follow(entry, place)
        self._expect(agrees(entry), place, CHANGED)

    def _follow(self, entry: RawEntry, place: int) -> None:
        leaf = entry.leaf if isinstance(entry.leaf, bytes) else b""
        self.head = next_head(self.head, leaf)
        self._expect(entry.head == self.head, place, CHAIN)
        self._expect(self.known.pop(place, self.head) == self.head, place, CHECKPOINT)

    def _expect(self, fine: bool, place: int, problem: str) -> None:
        if not fine:
            self.problems.setdefault(place, problem)

    def verdict(self) -> LedgerVerdict:
        """What was found; checkpoints beyond the end mean that the end was cut off."""
        if any(size > self.entries for size in self.known):
            self._expect(False, self.entries + 1, MISSING)
        first = min(self.problems, default=None)
        problem = None if first is None else self.problems[first]
        return LedgerVerdict(first is None, self.entries, self.pending, first, problem)


def verify_ledger(session: Session, checkpoints: Iterable[Head] = ()) -> LedgerVerdict:
    """Recompute everything and compare it, also with the signed checkpoints that are given.

    Finds a change of one byte in any column of an entry but its row id, a missing, moved or added
    entry, and (by the checkpoints) a history rewritten consistently or cut off at its end.
    """
    check = _Check({head.size: head.hash for head in checkpoints})
    for entry in raw_entries(session):
        check.take(entry)
    return check.verdict()
