"""The verbs of approval (rules.md F.0) and their names."""

from __future__ import annotations

from engine.sentences import Sentence

VERBS: dict[str, str] = {
    "submit": "提交",
    "approve": "同意",
    "return": "退回",
    "reject": "驳回",
    "answer": "答复",
    "transfer": "转办",
    "add": "加签",
    "remove": "减签",
    "delegate": "委派",
    "assist": "请协办",
    "recall": "取回",
    "jump": "跳转",
    "force_end": "强制归档",
    "void": "作废",
    "suspend": "挂起",
    "resume": "恢复",
    "migrate": "版本迁移",
    "skip": "跳过",
}


def done(verb: str) -> Sentence:
    """The verb's name, said of somebody who has done it."""
    return Sentence(VERBS.get(verb, verb), context="done")


FORWARD = frozenset({"submit", "approve"})
DECISIONS = frozenset({"submit", "approve", "return", "reject"})
"""Verbs by which a step is answered; the others are about who answers it, or when."""
ACTED = DECISIONS | {"answer", "transfer"}
"""Verbs after which a matter is among what a person has dealt with (已办)."""
OPINION_NEEDED = frozenset({"return", "reject", "answer", "jump", "force_end", "void"})
SOURCES: dict[str, str] = {
    "before": "前加签",
    "parallel": "并加签",
    "after": "后加签",
    "transfer": "转办",
    "delegate": "委派",
    "assist": "协办",
    "substitute": "代理",
    "skip": "自动跳过",
    "timeout": "超时自动",
    "admin": "代审",
}
"""Why a person has a part in a task, where the diagram alone does not say so (`Signer.source`)."""
