"""Lint: what a diagram may not contain, whether it can get stuck, what nobody understands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from engine.errors import BihuanError, Invalid, NotFound
from engine.workflow.runtime import parse
from engine.workflow.runtime.diagram import Diagram, read
from engine.workflow.runtime.expressions import decisions
from engine.workflow.runtime.refusals import problems

from . import duties, soundness, structure, wording
from .finding import Finding
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
        decisions({file: data})
    except BihuanError as error:
        yield Finding(file, error.element or "", "error", "not-parsable", error.message)


def _file(file: str, data: bytes, known: Known, files: Mapping[str, bytes]) -> Iterator[Finding]:
    try:
        diagram = read(data, file)
    except BihuanError as error:
        yield Finding(file, error.element or "", "error", "not-parsable", error.message)
        return
    found = list(_scopes(diagram, known))
    yield from found
    yield from structure.without_shape(diagram)
    if not any(finding.severity == "error" for finding in found):
        yield from _parses(diagram, files)


def _scopes(diagram: Diagram, known: Known) -> Iterator[Finding]:
    for scope in diagram.scopes.values():
        refused = list(problems(scope))
        for element, why in refused:
            yield Finding(diagram.file, element, "error", "unsupported", why)
        rules = [structure.check(scope), wording.check(scope, diagram), duties.check(scope, known)]
        if not refused:
            rules.append(soundness.check(scope))
        for rule in rules:
            for element, severity, code, message in rule:
                yield Finding(diagram.file, element, severity, code, message)


def _parses(diagram: Diagram, files: Mapping[str, bytes]) -> Iterator[Finding]:
    """What only parsing with all files can see: called processes and decisions."""
    for process in diagram.processes:
        try:
            parse(process.id, files)
        except (Invalid, NotFound) as error:
            element = error.element or process.id
            yield Finding(diagram.file, element, "error", "not-parsable", error.message)
