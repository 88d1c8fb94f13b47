"""The verbs of approval (rules.md F.0) and their names."""

from __future__ import annotations

VERBS: dict[str, str] = {
    "submit": "提交",
    "approve": "同意",
    "return": "退回",
    "reject": "驳回",
    "answer": "答复",
    "transfer": "转办",
    "add": "加签",
    "recall": "取回",
    "jump": "跳转",
    "force_end": "强制归档",
    "void": "作废",
}
FORWARD = frozenset({"submit", "approve"})
DECISIONS = frozenset({"submit", "approve", "return", "reject"})
"""Verbs by which a step is answered; the others are about who answers it, or when."""
OPINION_NEEDED = frozenset({"return", "reject", "answer", "jump", "force_end", "void"})
