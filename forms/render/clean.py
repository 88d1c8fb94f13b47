"""Cleaning answers: the one way in for what people typed and what machines sent.

Read-only values come from the facts that the form began with and never from the client; what a
condition hides is not asked and not kept; nothing unknown is taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.errors import Invalid
from forms.render.component import IDENTITIES, Component, questions
from forms.render.schema import FormSchema
from forms.render.values import Refusal, is_empty, read_value
from forms.text import _

MOST_ROWS = 500
CONDITION_FUEL = 200
"""What a condition may burn: it is asked anew for each row, so it may look but not compute."""


class Missing(str):
    """The sentence beside a required question that was not answered."""

    __slots__ = ()


Problems = dict[str, str]


def clean_answers(
    schema: FormSchema,
    answers: Mapping[str, Any],
    facts: Mapping[str, Any] | None = None,
    *,
    complete: bool = True,
) -> dict[str, Any]:
    """The canonical answers, read-only values included.

    `facts` is what the form was opened with (its prefill). `complete` says whether required
    questions must be answered: a reviewer who returns a task need not. `Invalid.problems` maps the
    path of each field that is not acceptable (`rows.0.weight`) to the sentence to show beside it.
    """
    problems: Problems = {}
    known = facts or {}
    cleaned = _clean_level(schema.components, answers, known, "", {}, problems)
    if not complete:
        problems = {path: told for path, told in problems.items() if not isinstance(told, Missing)}
    if problems:
        count = len(problems)
        raise Invalid(_("有 %(count)s 处需要改正，已填内容都还在", count=count), problems=problems)
    return cleaned


def _clean_level(
    components: Sequence[Component],
    given: Mapping[str, Any],
    facts: Mapping[str, Any],
    path: str,
    around: Mapping[str, Any],
    problems: Problems,
) -> dict[str, Any]:
    asked = list(questions(tuple(components)))
    for key in given:
        if key not in {part.key for part in asked}:
            problems[f"{path}{key}"] = _("表单没有“%(key)s”这一项", key=str(key)[:60])
    found: dict[str, Any] = {}
    refused: Problems = {}
    for part in asked:
        if part.kind != "dynamiclist":
            found[part.key] = _value(part, given, facts, f"{path}{part.key}", refused)
    context = {**around, **feel_values(components, found)}
    shown = visible(components, context)
    for part in shown:
        where = f"{path}{part.key}"
        if part.kind == "dynamiclist":
            found[part.key] = _clean_rows(part, given, facts, where, context, problems)
        elif where in refused:
            problems[where] = refused[where]
        elif part.required and not part.readonly and is_empty(found[part.key]):
            problems[where] = Missing(_missing(part))
    return {part.key: found[part.key] for part in shown}


def _value(
    part: Component, given: Mapping[str, Any], facts: Mapping[str, Any], where: str, out: Problems
) -> Any:
    if part.readonly:
        return facts.get(part.key, part.default)
    try:
        return read_value(part, given.get(part.key))
    except Refusal as refusal:
        out[where] = refusal.reason
        return None


def _missing(part: Component) -> str:
    if part.kind in ("select", "radio", "checklist"):
        return _("请选择%(label)s", label=_(part.label))
    if part.kind == "filepicker":
        return _("请上传%(label)s", label=_(part.label))
    if part.kind == "checkbox":
        return _("请勾选“%(label)s”", label=_(part.label))
    return _("请填写%(label)s", label=_(part.label))


def visible(components: Sequence[Component], context: Mapping[str, Any]) -> list[Component]:
    """The questions and lists that no condition hides, given the values around them."""
    found: list[Component] = []
    for part in components:
        if is_hidden(part, context):
            continue
        if part.kind == "group":
            found += visible(part.components, context)
        elif part.asks or part.kind == "dynamiclist":
            found.append(part)
    return found


def is_hidden(part: Component, context: Mapping[str, Any]) -> bool:
    """Whether the component's condition (form-js `conditional.hide`) holds."""
    return part.hide is not None and part.hide.evaluate(context, CONDITION_FUEL) is True


def feel_values(components: Sequence[Component], values: Mapping[str, Any]) -> dict[str, Any]:
    """Canonical values as FEEL wants them: numbers as numbers."""
    numbers = {part.key for part in questions(tuple(components)) if part.kind == "number"}
    return {key: _figure(value) if key in numbers else value for key, value in values.items()}


def _figure(value: Any) -> Any:
    """The number in a text; what is none (a fact that was never cleaned) stays as it is."""
    try:
        return Decimal(value) if isinstance(value, str) else value
    except InvalidOperation:
        return value


def _clean_rows(
    part: Component,
    given: Mapping[str, Any],
    facts: Mapping[str, Any],
    path: str,
    around: Mapping[str, Any],
    problems: Problems,
) -> list[dict[str, Any]]:
    rows = given.get(part.key)
    rows = [] if rows is None else rows
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        problems[path] = _("这里要是一张明细表")
        return []
    if len(rows) > MOST_ROWS:
        problems[path] = _("最多 %(most)s 行", most=MOST_ROWS)
        return []
    if part.fixed:
        pairs = match_rows(rows, known_rows(part, facts))
        if pairs is None:
            problems[path] = _("明细表的行与系统中的不一致，请刷新后重填")
            return []
    else:
        pairs = [(n, row, {}) for n, row in enumerate(rows) if not _blank(row)]
    if not pairs and part.required:
        problems[path] = Missing(_("请至少填写一行%(label)s", label=_(part.label)))
    return [
        {**fact, **_clean_level(part.components, row, fact, f"{path}.{n}.", around, problems)}
        for n, row, fact in pairs
    ]


def _blank(row: Mapping[str, Any]) -> bool:
    return all(value in (None, "", [], False) for value in row.values())


def known_rows(part: Component, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows that a list was opened with."""
    rows = facts.get(part.key)
    return [dict(row) for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def match_rows(
    rows: Sequence[Mapping[str, Any]], known: Sequence[dict[str, Any]]
) -> list[tuple[int, Mapping[str, Any], dict[str, Any]]] | None:
    """Each known row with what was given for it, by identity or else by position.

    None when something was given for a row that is not known: rows of a fixed list can neither
    be added nor taken away by the client, who may leave rows out.
    """
    name = next((key for key in IDENTITIES if known and key in known[0]), None)
    given: dict[int, Mapping[str, Any]] = {}
    for position, row in enumerate(rows):
        label = row.get(name) if name else None
        spot = position if label is None else _position(known, str(name), label)
        if spot is None or spot >= len(known) or spot in given:
            return None
        given[spot] = {key: value for key, value in row.items() if key != name}
    return [(n, given.get(n, {}), fact) for n, fact in enumerate(known)]


def _position(known: Sequence[dict[str, Any]], name: str, label: Any) -> int | None:
    return next((n for n, row in enumerate(known) if str(row.get(name)) == str(label)), None)
