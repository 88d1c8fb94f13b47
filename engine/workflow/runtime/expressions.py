"""The runtime's door to FEEL and DMN: texts become compiled formulas; no Python runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine

from engine import feel
from engine.errors import Conflict, Invalid
from engine.feel import dmn
from engine.feel.check import complaints_of

from . import values
from .diagram import read_xml

_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_WORDS = {"true", "false", "null"}


class Formula:
    """A FEEL expression of a diagram; `element` is the node it belongs to.

    A mere path (`gates.closure`) gives the value itself, without a copy through FEEL's types.
    """

    __slots__ = ("_compiled", "_path", "element", "text")

    def __init__(self, text: str, element: str) -> None:
        self.text = text.strip().removeprefix("=").strip()
        self.element = element
        self._path: tuple[str, ...] = ()
        if _PATH.fullmatch(self.text) and self.text not in _WORDS:
            self._path = tuple(self.text.split("."))
        try:
            self._compiled = feel.compile(self.text)
        except feel.FeelError as error:
            message, english = self.about(error.complaint)
            raise Invalid(message, element=element, english=english) from error

    def about(self, complaint: feel.Complaint) -> tuple[str, str]:
        """A complaint about this formula, in Chinese and in English."""
        return (
            f"“{self.element}”的表达式“{self.text}”：{complaint.located('zh')}",
            f"“{self.element}”, expression “{self.text}”: {complaint.located('en')}",
        )

    def complaints(self) -> list[feel.Complaint]:
        """What can be said against it before any data are known: calls that give null only."""
        return list(complaints_of(self._compiled))

    def value(self, data: Mapping[str, Any]) -> Any:
        """Its value over some data; a missing name is null. The result is plain process data."""
        if self._path and self._path[0] in data:
            return self._walk(data)
        return self._evaluated(data)

    def _walk(self, data: Mapping[str, Any]) -> Any:
        value: Any = data
        for name in self._path:
            if not isinstance(value, Mapping):  # lists and dates are FEEL's business
                return self._evaluated(data)
            value = value.get(name)
        return value

    def _evaluated(self, data: Mapping[str, Any]) -> Any:
        try:
            return values.clean(feel.to_python(self._compiled.evaluate(data)), self.element)
        except Invalid as error:
            error.element = error.element or self.element
            raise

    def holds(self, data: Mapping[str, Any]) -> bool:
        """Whether it is true; null and everything else that is not true is not."""
        return self._evaluated(data) is True


class NoPython(PythonScriptEngine):  # type: ignore[misc]  # the library has no types
    """The script engine of every workflow: it evaluates nothing, for no diagram holds code."""

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> Any:
        """Refuse: formulas are compiled from FEEL when a diagram is parsed."""
        raise Invalid("流程图中的“{expression}”不是 FEEL，不能求值。", expression=expression)

    def execute(self, task: Any, script: str, external_context: Any = None) -> Any:
        """Refuse: diagrams hold no code."""
        raise Invalid("流程图中不写代码。")


class Decision:
    """One decision of a DMN file, ready to be asked."""

    def __init__(
        self, model: Any, id_: str, names: tuple[str | None, str | None], title: str
    ) -> None:
        self.id = id_
        self._model = model
        self._variable, self._output = names
        self._title = title

    def outcome(self, data: Mapping[str, Any], element: str) -> dict[str, Any]:
        """What it adds to the data: a context's entries, or one value under the variable's name.

        `element` is the task that asks, named in the `Conflict` when there is no result.
        """
        decided = self._model.decide(self.id, data)
        if decided.error:
            raise Conflict(
                "决策“{title}”没有得出结果：{error}",
                title=self._title,
                error=decided.error,
                element=element,
            )
        result = values.clean(feel.to_python(decided.result), self.id)
        if isinstance(result, dict) and self._output is None:
            return result
        return {self._variable or self._output or self._title: result}


def decisions(files: Mapping[str, bytes]) -> dict[str, Decision]:
    """Every decision of the DMN files by its id; an id in two files is `Invalid`."""
    found: dict[str, Decision] = {}
    for file, data in sorted(files.items()):
        model = dmn.load(data)
        for node in read_xml(data, file).iterfind("{*}decision"):
            id_ = node.get("id") or node.get("name")
            if id_ in found:
                raise Invalid(
                    f"决策“{id_}”出现了两次。",
                    english=f"Decision “{id_}” stands there twice.",
                    element=id_,
                )
            found[id_] = Decision(model, id_, _result_names(node), node.get("name") or id_)
    return found


def _result_names(node: Any) -> tuple[str | None, str | None]:
    """The decision's variable, and the name of its output if it has exactly one."""
    variable = node.find("{*}variable")
    outputs = node.findall("{*}decisionTable/{*}output")
    single = None
    if len(outputs) == 1:
        single = outputs[0].get("name") or node.get("name")
    return (variable.get("name") if variable is not None else None), single
