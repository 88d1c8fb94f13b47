"""Lint: what a diagram may not contain, whether it can get stuck, what nobody understands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from engine.errors import BihuanError, Invalid, NotFound
from engine.feel import Complaint, dmn
from engine.workflow.runtime import parse
from engine.workflow.runtime.diagram import Diagram, read
from engine.workflow.runtime.expressions import decisions
from engine.workflow.runtime.refusals import problems

from . import approval, duties, soundness, structure, wording
from .finding import Finding, Severity
from .known import Known

__all__ = ["Finding", "lint"]


def lint(
    process_files: Mapping[str, bytes],
    operations: Collection[str] | None = None,
    forms: Collection[str] | None = None,
    roles: Collection[str] | None = None,
) -> list[Finding]:
    """All findings over files (name to content of `.bpmn` and `.dmn`), by file and element.

    Names of operations, forms and roles are checked when the known ones are given.
    """
    known = Known(operations, forms, roles)
    found: list[Finding] = []
    for file, data in sorted(process_files.items()):
        if file.endswith(".dmn"):
            found += _decisions(file, data)
        elif file.endswith(".bpmn"):
            found += _file(file, data, known, process_files)
    return sorted(dict.fromkeys(found))


def _decisions(file: str, data: bytes) -> Iterator[Finding]:
    try:
        model = dmn.load(data)
        decisions({file: data})
    except BihuanError as error:
        yield _refusal(file, error, "")
        return
    for name, fault in model.problems:
        yield _told(file, name, fault, "error", ("无法计算", "cannot be computed"))
    for name, complaint in model.warnings():
        yield _told(file, name, complaint, "warning", ("请检查", "to be checked"))


def _told(
    file: str, name: str, complaint: Complaint, severity: Severity, verdict: tuple[str, str]
) -> Finding:
    """A finding about a decision's logic, with the text and the column."""
    message = f"“{name}”{verdict[0]}：{complaint.quoted('zh')}"
    english = f"“{name}” {verdict[1]}: {complaint.quoted('en')}"
    return Finding(file, name, severity, "decision", message, english)


def _refusal(file: str, error: BihuanError, element: str) -> Finding:
    where = error.element or element
    return Finding(file, where, "error", "not-parsable", error.message, error.english)


def _file(file: str, data: bytes, known: Known, files: Mapping[str, bytes]) -> Iterator[Finding]:
    try:
        diagram = read(data, file)
    except BihuanError as error:
        yield _refusal(file, error, "")
        return
    found = list(_scopes(diagram, known))
    yield from found
    yield from structure.without_shape(diagram)
    if not any(finding.severity == "error" for finding in found):
        yield from _parses(diagram, files)


def _scopes(diagram: Diagram, known: Known) -> Iterator[Finding]:
    for scope in diagram.scopes.values():
        refused = list(problems(scope))
        for element, message, english in refused:
            yield Finding(diagram.file, element, "error", "unsupported", message, english)
        rules = [structure.check(scope), wording.check(scope, diagram)]
        rules += [duties.check(scope, known), approval.check(scope)]
        for rule in rules:
            for problem in rule:
                yield Finding(diagram.file, *problem)
        if soundness.is_played(scope):
            yield from (Finding(diagram.file, *fault) for fault in soundness.check(scope))


def _parses(diagram: Diagram, files: Mapping[str, bytes]) -> Iterator[Finding]:
    """What only parsing with all files can see: called processes and decisions.

    Files that hold the same processes are not looked at: deploying both together is refused.
    """
    own = {process.id for process in diagram.processes}
    beside = {name: data for name, data in files.items() if not own & _processes(name, data)}
    for process in diagram.processes:
        try:
            parse(process.id, beside | {diagram.file: files[diagram.file]})
        except (Invalid, NotFound) as error:
            yield _refusal(diagram.file, error, process.id)


def _processes(file: str, data: bytes) -> set[str]:
    """The ids of the processes in a file that can be read."""
    try:
        return {process.id for process in read(data, file).processes}
    except BihuanError:
        return set()
