"""A reviewer's own score: what may be set, and the band that a qualitative verdict allows."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from engine.errors import Invalid
from engine.indicators.scoring.figures import HALF_CENT, ZERO, shown, to_cents
from engine.indicators.scoring.row import Proposal
from engine.indicators.scoring.scheme import MOF_2020_10, Scheme

Band = Literal["met", "partly", "missed"]


@dataclass(frozen=True)
class Accepted:
    """The score a reviewer stands for, beside the rule's proposal; both are kept."""

    score: Decimal
    proposed: Decimal | None
    reason: str
    changed: bool


def accept(proposal: Proposal, score: Decimal, reason: str, weight: Decimal | None) -> Accepted:
    """Check a reviewer's score: 0 to the weight, two places, a reason where it departs.

    Raises Invalid (field `score` or `reason`). A row the rule leaves unscored needs a reason too.
    """
    if weight is None:
        raise Invalid("这一行没有分值，不能评分。", field="score")
    if not score.is_finite() or not ZERO <= score <= weight:
        raise Invalid("得分应在 0 至 {weight} 之间。", weight=shown(weight), field="score")
    if score != to_cents(score) and score != weight:
        raise Invalid("得分最多保留两位小数。", field="score")
    changed = proposal.score is None or abs(score - proposal.score) >= HALF_CENT
    if changed and not reason.strip():
        raise Invalid("得分与系统按规则提出的不同，应填写理由。", field="reason")
    return Accepted(score, proposal.score, reason.strip(), changed)


def band(verdict: Band, weight: Decimal, scheme: Scheme = MOF_2020_10) -> tuple[Decimal, Decimal]:
    """The lowest score of a qualitative band and its upper end (open but for the best band).

    财预〔2020〕10号: 达成 [0.8w, w], 部分达成 [0.6w, 0.8w), 未达成 [0, 0.6w).
    """
    upper, middle = scheme.bands
    ends = {"met": (upper, Decimal(1)), "partly": (middle, upper), "missed": (ZERO, middle)}
    low, high = ends[verdict]
    return weight * low, weight * high


def fits_band(verdict: Band, score: Decimal, weight: Decimal, scheme: Scheme = MOF_2020_10) -> bool:
    """Whether a score lies in the band that its verdict allows."""
    low, high = band(verdict, weight, scheme)
    return low <= score <= high if verdict == "met" else low <= score < high
