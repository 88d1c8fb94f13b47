"""How several signers decide one step: 会签, 或签, 依次, with 加签 and 委派 (rules.md F.1–F.7).

A part is one person's share in a task. It waits, is active, and is done by a verb; a part that is
no longer wanted is cancelled, one that was given away is passed on. Advisory parts (前加签, 委派,
协办) are heard but have no vote. What is only noted (who asked whom, who urged) is no part at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from math import ceil
from typing import Any, Literal

from engine.errors import Invalid
from engine.workflow.verbs import FORWARD

Mode = Literal["all", "any", "sequence"]
MODES: dict[Mode, str] = {"all": "会签", "any": "或签", "sequence": "依次审批"}
ADVISORY = frozenset({"before", "delegate", "assist"})
BLOCKING = frozenset({"before", "delegate"})
ADDED = frozenset({"before", "parallel", "after"})
"""加签: asked for by another signer, `parent_id`; they read the form and give an opinion."""
ASKED = frozenset({"delegate", "assist"})
"""委派 and 协办: asked for an answer; that bears no duty in the matter."""
OPEN = frozenset({"waiting", "active"})
NO_PART = frozenset({"cancelled", "passed", "noted"})
"""Rows that decide nothing: no longer wanted, given away, or only told in the timeline."""


@dataclass(frozen=True)
class Approval:
    """The rule of a round.

    `passing` is how many must agree: `all`, a share such as `60%`, or a number. With `veto` one
    refusal decides; with `collect` nothing is decided before all have spoken.
    """

    mode: Mode
    passing: str = "all"
    veto: bool = False
    collect: bool = False

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Approval:
        """The rule as a task keeps it."""
        return cls(**stored)

    def stored(self) -> dict[str, Any]:
        """The rule as a task keeps it."""
        return asdict(self)

    def needed(self, total: int) -> int:
        """How many of `total` votes carry; at least one, and else never more than there are."""
        if self.mode == "any":
            return 1
        if self.passing == "all":
            return max(1, total)
        if self.passing.endswith("%"):
            return max(1, ceil(Fraction(self.passing[:-1]) * total / 100))
        return max(1, min(total, int(self.passing)))


ALONE = Approval("all")
"""How one person and those whom they added decide: all must agree."""


def read_approval(mode: str, passing: str, veto: str, decide: str) -> Approval | None:
    """The rule that a diagram's properties name; None for one person; raises `Invalid`."""
    if mode in ("", "one"):
        return None
    chosen = next((one for one in MODES if one == mode), None)
    if chosen is None:
        raise Invalid(
            f"审批方式“{mode}”应为 one、all（会签）、any（或签）或 sequence（依次）",
            english=f"The way of deciding “{mode}” is to be one, all, any or sequence",
        )
    passing = passing or "all"
    number = passing.removesuffix("%")
    share = passing.endswith("%")
    if passing != "all" and not (number.isdecimal() and 0 < int(number) <= (100 if share else 999)):
        raise Invalid(
            f"通过条件“{passing}”应为 all、比例（60%）或人数（2）",
            english=f"The rule of passing “{passing}” is to be all, a share (60%) or a number (2)",
        )
    return Approval(chosen, passing, veto == "true", decide == "all")


@dataclass(frozen=True)
class Part:
    """What deciding needs to know of one person's share."""

    id: int
    person_id: int | None
    seq: int
    source: str
    parent_id: int | None
    state: str
    verb: str
    acted_by_id: int | None = None

    @property
    def votes(self) -> bool:
        """Whether its verb counts."""
        return self.source not in ADVISORY and self.state not in NO_PART

    @property
    def open(self) -> bool:
        """Whether something is still expected of it."""
        return self.state in OPEN


def spoken(parts: Iterable[Part], person_id: int) -> bool:
    """Whether a person has a vote in the round, or has given one in somebody's name.

    One natural person has one vote in a joint decision (rules.md F.1: twice in the list is one
    signer), so that who has spoken stands in for nobody else there.
    """
    return any(
        one.votes and (one.person_id == person_id or one.acted_by_id == person_id) for one in parts
    )


def outcome(approval: Approval, parts: Iterable[Part]) -> Literal["approve", "reject"] | None:
    """What the round has come to, or None while it goes on."""
    voters = [one for one in parts if one.votes]
    agreed = sum(one.verb in FORWARD for one in voters)
    refused = sum(one.verb == "reject" for one in voters)
    undecided = [one for one in voters if one.open]
    needed = approval.needed(len(voters))
    # Who was asked in after somebody stands for the whole step: a refusal there decides.
    objected = any(one.source == "after" and one.verb == "reject" for one in voters)
    vetoed = (approval.veto and refused > 0) or objected
    if approval.collect and undecided:
        return None
    if vetoed:
        return "reject"
    if agreed >= needed and not any(one.source == "after" for one in undecided):
        return "approve"
    return "reject" if agreed + len(undecided) < needed or not undecided else None


def to_activate(approval: Approval | None, parts: Sequence[Part]) -> list[int]:
    """The waiting parts whose turn it is now.

    Whoever asked for advice waits for it; who was added after somebody waits for them; in a
    sequence everybody waits for those before.
    """
    return [one.id for one in parts if one.state == "waiting" and _may_start(approval, one, parts)]


def _may_start(approval: Approval | None, one: Part, parts: Sequence[Part]) -> bool:
    if any(p.parent_id == one.id and p.source in BLOCKING and p.open for p in parts):
        return False
    parent = next((p for p in parts if p.id == one.parent_id), None)
    if one.source == "after":
        return parent is None or not parent.open
    if one.source in ADVISORY or approval is None or approval.mode != "sequence":
        return True
    return not any(p.votes and p.open and p.seq < one.seq for p in parts)


def depth(part: Part, parts: Sequence[Part]) -> int:
    """How many 加签 lie one above another up to this part; 0 for whom the diagram asked."""
    by_id = {one.id: one for one in parts}
    above = by_id.get(part.parent_id) if part.parent_id else None
    return (part.source in ADDED) + (depth(above, parts) if above else 0)


def beneath(part_id: int, parts: Sequence[Part]) -> list[int]:
    """The open parts that were asked for under a part, theirs included."""
    own = [one.id for one in parts if one.parent_id == part_id and one.open]
    return own + [deeper for one in own for deeper in beneath(one, parts)]


def hops(part_id: int | None, parts: Sequence[Part]) -> int:
    """How often a part was handed on before it came to its holder (转办).

    What was given away points to whoever has it now; to nothing while one person has the task.
    """
    return sum(one.parent_id == part_id and one.state == "passed" for one in parts)
