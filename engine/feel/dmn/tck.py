"""Running folders shaped like the DMN Technology Compatibility Kit; every result node counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, DecimalException
from pathlib import Path

from engine.errors import BihuanError
from engine.feel.dmn.loader import load_file
from engine.feel.dmn.model import Model
from engine.feel.dmn.xml import Element, child, children, local, parse
from engine.feel.equality import equal
from engine.feel.machine import Machine
from engine.feel.number import CONTEXT
from engine.feel.render import to_json
from engine.feel.temporal.text import parse_date, parse_datetime, parse_duration, parse_time
from engine.feel.values import Value

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_TOLERANCE = Decimal("1e-8")
"""The kit's expected numbers are rounded; this is relative to their size (at least 1)."""


@dataclass(slots=True)
class Failed:
    """A result node that does not count as passed; `reason` is the code of a complaint."""

    test: str
    node: str
    expected: str
    got: str
    reason: str = ""


@dataclass(slots=True)
class Outcome:
    """How a folder did."""

    total: int = 0
    failed: list[Failed] = field(default_factory=list)

    @property
    def passed(self) -> int:
        """Result nodes with the expected value."""
        return self.total - len(self.failed)


def run_folder(folder: Path) -> Outcome:
    """Run every test file below the folder."""
    outcome = Outcome()
    for path in sorted(folder.rglob("*.xml")):
        try:
            root = parse(path.read_bytes())
        except BihuanError as error:
            outcome.total += 1  # its nodes cannot be counted, and it must not pass unseen
            outcome.failed.append(Failed(path.stem, "", "", error.message))
            continue
        if local(root) == "testCases":
            _run_file(path, root, outcome)
    return outcome


def _run_file(path: Path, root: Element, outcome: Outcome) -> None:
    try:
        model, fault = _model(path, root), ""
    except (BihuanError, OSError) as error:
        model, fault = None, str(error)
    for case in children(root, "testCase"):
        label = f"{path.stem} {case.get('id')}"
        for node in children(case, "resultNode"):
            outcome.total += 1
            name = node.get("name") or ""
            expected = _value(child(node, "expected"))
            got, reason = (fault, "model") if model is None else _answer(model, case, name)
            if reason or not same(expected, got):
                shown = str(got) if reason in ("model", "error") else to_json(got)
                outcome.failed.append(Failed(label, name, to_json(expected), shown, reason))


def _model(path: Path, root: Element) -> Model:
    named = child(root, "modelName")
    name = (named.text or "").strip() if named is not None else ""
    return load_file(path.parent / name)


def _answer(model: Model, case: Element, name: str) -> tuple[Value, str]:
    """The value and, when it cannot count, why: an external function that was not called gives
    null, which a test that expects null must not take for its own."""
    inputs = {each.get("name") or "": _value(each) for each in children(case, "inputNode")}
    try:
        invocable = case.get("invocableName")
        decided = model.invoke(invocable, inputs) if invocable else model.decide(name, inputs)
    except BihuanError as error:
        return error.message, "error"
    result = decided.result
    if invocable and isinstance(result, dict) and name in result:
        result = result[name]
    refused = any(note.code == "external" for note in decided.notes)
    return result, "external" if refused else ""


def _value(element: Element | None) -> Value:
    """The value that a test file writes."""
    if element is None:
        return None
    components = list(children(element, "component"))
    if components:
        return {each.get("name") or "": _value(each) for each in components}
    listed = child(element, "list")
    if listed is not None:
        return [_value(item) for item in children(listed, "item")]
    simple = child(element, "value")
    return None if simple is None else _simple(simple)


def _simple(element: Element) -> Value:
    if element.get(f"{_XSI}nil") == "true":
        return None
    kind = (element.get(f"{_XSI}type") or "").rpartition(":")[2]
    text = element.text or ""
    match kind:
        case "boolean":
            return text.strip() in ("true", "1")
        case "decimal" | "double" | "integer" | "int" | "long" | "float":
            return _decimal(text.strip())
        case "date":
            return parse_date(text.strip())
        case "time":
            return parse_time(text.strip())
        case "dateTime":
            return parse_datetime(text.strip())
        case "duration":
            return parse_duration(text.strip())
    return text


def _decimal(text: str) -> Decimal | None:
    try:
        return CONTEXT.create_decimal(text)
    except DecimalException:
        return None


def same(expected: Value, got: Value) -> bool:
    """Whether the values are equal, numbers up to the kit's rounding."""
    if isinstance(expected, Decimal) and isinstance(got, Decimal):
        return abs(expected - got) <= _TOLERANCE * max(abs(expected), Decimal(1))
    if isinstance(expected, list) and isinstance(got, list):
        return len(expected) == len(got) and all(
            same(a, b) for a, b in zip(expected, got, strict=True)
        )
    if isinstance(expected, dict) and isinstance(got, dict):
        return expected.keys() == got.keys() and all(
            same(expected[key], got[key]) for key in expected
        )
    return equal(Machine(100_000), expected, got) is True
