"""What people write beside an act: opinions, reasons, questions; never longer than can be read."""

from __future__ import annotations

from engine.errors import Invalid

TEXT_LENGTH = 2000


def said(text: str, field: str, name: str) -> str:
    """What must be said, without spaces around it; `Invalid` if nothing is, or too much."""
    text = may_say(text, field, name)
    if not text:
        raise Invalid("请填写{name}", name=name, field=field)
    return text


def may_say(text: str, field: str, name: str) -> str:
    """What may be said or left out, without spaces around it."""
    text = text.strip()
    if len(text) > TEXT_LENGTH:
        raise Invalid("{name}最多 {most} 字", name=name, most=TEXT_LENGTH, field=field)
    return text


def opinion_of(text: str) -> str:
    """An opinion (办理意见)."""
    return may_say(text, "opinion", "意见")


def need_reason(reason: str) -> str:
    """The reason of an act that is out of the ordinary."""
    return said(reason, "reason", "原因")
