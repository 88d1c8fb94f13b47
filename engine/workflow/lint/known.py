"""What a diagram may name: operations, forms and roles known to the host, and property names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

PROPERTIES = frozenset({
    "form", "role", "assignee", "stage", "duty", "matter", "requires", "effect", "prefill",
    "outputs", "due", "gate", "verbs", "level", "title", "approvers", "approval", "pass", "veto",
    "decide", "empty", "duplicate", "again", "withdraw", "copies", "remind", "escalate",
    "escalate_to", "escalate_adds", "timeout", "timeout_after", "money", "no_due",
})  # fmt: skip
PREFIXES = ("input.",)
FORMULAS = frozenset({"assignee"})
OPERATIONS = ("requires", "effect", "prefill")


@dataclass(frozen=True)
class Known:
    """None means: not known here, so not checked."""

    operations: Collection[str] | None = None
    forms: Collection[str] | None = None
    roles: Collection[str] | None = None


def is_property(name: str) -> bool:
    """Whether the host reads a property of this name."""
    return name in PROPERTIES or name.startswith(PREFIXES)
