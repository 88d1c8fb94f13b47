"""What a repeated activity and its data may not say."""

from __future__ import annotations

from typing import Any

from engine.workflow.runtime.diagram import NS, SCOPES, Element, Scope
from engine.workflow.runtime.events_allowed import Said


def _loops(element: Element, _: Scope) -> Said | None:
    again = element.xml.find("bpmn:standardLoopCharacteristics", NS)
    loop = element.xml.find("bpmn:multiInstanceLoopCharacteristics", NS)
    if again is not None:
        return _standard_loop(element, again)
    if loop is None:
        return None
    if loop.get("behavior", "All") != "All":
        return "多实例的 behavior 只能是 All。", "The behavior of a multi-instance is All."
    given = [
        loop.findtext(f"bpmn:{name}", "", NS) for name in ("loopDataInputRef", "loopCardinality")
    ]
    if sum(bool(text and text.strip()) for text in given) != 1:
        return (
            "多实例要写明集合（loopDataInputRef）或次数（loopCardinality）之一。",
            (
                "A multi-instance names either a collection (loopDataInputRef) or a "
                "number (loopCardinality)."
            ),
        )
    return None


def _standard_loop(element: Element, again: Any) -> Said | None:
    if element.xml.find("bpmn:multiInstanceLoopCharacteristics", NS) is not None:
        return (
            "标准循环和多实例只能有一个。",
            "An activity has a standard loop or a multi-instance, not both.",
        )
    most = again.get("loopMaximum")
    if most is not None and not most.isdecimal():
        return (
            "循环的最多次数（loopMaximum）要是整数。",
            "The most repetitions of a loop (loopMaximum) are a whole number.",
        )
    if most is None and not (again.findtext("bpmn:loopCondition", "", NS) or "").strip():
        return (
            "标准循环要写明条件（loopCondition）或最多次数（loopMaximum）。",
            (
                "A standard loop names a condition (loopCondition) or the most "
                "repetitions (loopMaximum)."
            ),
        )
    return None


def _data(element: Element, _: Scope) -> Said | None:
    if element.xml.find("bpmn:ioSpecification", NS) is None:
        return None
    if element.kind in SCOPES:
        return (
            "子流程不能写 ioSpecification：它看得见外层的数据。",
            "A sub-process has no ioSpecification: it sees the data around it.",
        )
    if element.looped:
        return "循环的活动不能写 ioSpecification。", "A repeated activity has no ioSpecification."
    return None


CHECKS = (_loops, _data)
