"""A schema opened as web form fields (WTForms), level by level: what was typed is kept as typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wtforms import Field
from wtforms.form import BaseForm

from engine.errors import Invalid
from forms.render.clean import clean_answers, feel_values, is_hidden, known_rows, match_rows
from forms.render.component import Component, questions
from forms.render.fields import field_for, typed_value
from forms.render.schema import FormSchema
from forms.render.submission import MARK, PREFIX, Submitted, identity_of, renumber, row_numbers
from forms.render.values import Refusal, read_value
from forms.text import _

OPINION = "opinion"
"""The answer that every task has beside its form's own."""


@dataclass(frozen=True)
class Identity:
    """What names a fixed row: its hidden field, the key that stands for, and its value."""

    name: str
    key: str
    value: str


@dataclass
class Level:
    """One level of the form: the form itself, or one row of a list.

    `identity` is the hidden name and value by which a fixed row is known, `number` the row's
    number; `blanks` holds an empty row of each list, for pages to copy.
    """

    components: tuple[Component, ...]
    prefix: str
    facts: Mapping[str, Any]
    form: BaseForm
    identity: Identity | None = None
    number: int | str = 0
    rows: dict[str, list[Level]] = field(default_factory=dict)
    blanks: dict[str, Level] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)

    def field(self, part: Component) -> Field:
        """The web field of a question."""
        return self.form[part.key]

    def fact(self, part: Component) -> Any:
        """A read-only value."""
        return self.facts.get(part.key, part.default)

    def hidden(self, part: Component) -> bool:
        """Whether a condition hides the component now."""
        return is_hidden(part, self.context)

    def typed(self) -> dict[str, Any]:
        """What this level holds now, as typed; read-only values are left out."""
        found: dict[str, Any] = {
            part.key: typed_value(part, self.form[part.key])
            for part in questions(self.components)
            if part.key in self.form
        }
        if self.identity:
            found[self.identity.key] = self.identity.value
        return {**found, **{key: [row.typed() for row in rows] for key, rows in self.rows.items()}}


@dataclass
class Sheet:
    """An opened form: its fields, its rows and, after a refusal, the reasons beside them."""

    schema: FormSchema
    facts: Mapping[str, Any]
    top: Level
    stray: tuple[str, ...] = ()
    problems: dict[str, str] = field(default_factory=dict)

    def typed(self) -> dict[str, Any]:
        """What the form holds now, as typed: what a draft keeps."""
        return self.top.typed()

    def answers(self, *, complete: bool = True) -> dict[str, Any]:
        """The canonical answers; `Invalid` otherwise, and the reasons are shown from then on."""
        try:
            given = self.typed() | dict.fromkeys(self.stray, "")
            return clean_answers(self.schema, given, self.facts, complete=complete)
        except Invalid as refusal:
            self.problems = refusal.problems
            raise

    def refuse(self, refusal: Invalid) -> None:
        """Show a refusal that came from further inside, each reason beside its field."""
        found = refusal.problems or {refusal.field or "": refusal.message}
        self.problems = {path.replace("-", "."): reason for path, reason in found.items()}

    def problem(self, level: Level, part: Component) -> str | None:
        """The reason to show beside a field."""
        return self.problems.get(path_of(f"{level.prefix}{part.key}"))

    def label(self, path: str) -> str:
        """What the field at a path is called, for the error summary; "" when it is none of ours."""
        told: list[str] = []
        components = self.schema.components
        for name in path.split("."):
            part = next((one for one in questions(components) if one.key == name), None)
            if part is not None:
                told.append(_(part.label) or part.key)
                components = part.components or components
            elif name.isdigit() and told:
                told.append(_("第 %(number)s 行", number=int(name) + 1))
        return "，".join(told) if told or path != OPINION else _("意见")

    @property
    def wide(self) -> bool:
        """Whether the form holds a list of many columns, which wants the page's whole width."""
        lists = [part for part in questions(self.schema.components) if not part.asks]
        return any(len(part.components) > 5 for part in lists)


def path_of(name: str) -> str:
    """A field's path in answers (`rows.0.weight`) from its name on the page."""
    return name.removeprefix(PREFIX).replace("-", ".")


def id_of(path: str) -> str:
    """The element id of the field at a path, for links from the error summary."""
    return PREFIX + path.replace(".", "-")


def build(
    schema: FormSchema,
    data: Mapping[str, Any] | None = None,
    formdata: Submitted | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Sheet:
    """Open a form.

    `data` is what it begins with (a prefill, a draft, earlier answers), `formdata` what was just
    submitted and then stands instead of `data`, `facts` the source of read-only values (default:
    `data`).
    """
    known = (data if facts is None else facts) or {}
    if formdata is not None:
        formdata = renumber(schema, formdata, known)
    top = _level(schema.components, PREFIX, data or {}, formdata, known, {})
    return Sheet(schema, known, top, stray=_stray(top, formdata))


def clean(
    schema: FormSchema, formdata: Submitted, facts: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The canonical answers of a submitted form; `Invalid.problems` says what is wrong where."""
    return build(schema, facts, formdata, facts).answers()


def _level(
    components: tuple[Component, ...],
    prefix: str,
    data: Mapping[str, Any],
    formdata: Submitted | None,
    facts: Mapping[str, Any],
    around: Mapping[str, Any],
) -> Level:
    asked = [part for part in questions(components) if part.asks and not part.readonly]
    form = BaseForm({part.key: field_for(part) for part in asked}, prefix=prefix)
    form.process(formdata, data={part.key: _begin(part, data) for part in asked})
    level = Level(components, prefix, facts, form)
    level.context = {**around, **feel_values(components, _readable(level))}
    for part in questions(components):
        if part.kind == "dynamiclist":
            level.rows[part.key] = _rows(part, level, data, formdata)
            level.blanks[part.key] = _row(part, level, "__index__", {}, {}, None)
    return level


def _begin(part: Component, data: Mapping[str, Any]) -> Any:
    return data.get(part.key, part.default)


def _readable(level: Level) -> dict[str, Any]:
    """The values that conditions may look at: canonical, or none where not yet acceptable."""
    found: dict[str, Any] = {}
    for part in questions(level.components):
        if part.readonly:
            found[part.key] = level.fact(part)
        elif part.asks:
            try:
                found[part.key] = read_value(part, typed_value(part, level.form[part.key]))
            except Refusal:
                found[part.key] = None
    return found


def _rows(
    part: Component, level: Level, data: Mapping[str, Any], formdata: Submitted | None
) -> list[Level]:
    name = f"{level.prefix}{part.key}-"
    begun = known_rows(part, data)
    facts = known_rows(part, level.facts)
    if part.fixed:
        pairs = match_rows(begun, facts) or []
        begun = [{**fact, **row} for _n, row, fact in pairs] or facts
        places: Sequence[int] = range(len(facts))
    elif formdata is None:
        places = range(len(begun) or 1)
    else:
        places = row_numbers(name, formdata)
    return [_row(part, level, n, _at(begun, n), _at(facts, n), formdata) for n in places]


def _row(
    part: Component,
    level: Level,
    number: int | str,
    data: dict[str, Any],
    facts: dict[str, Any],
    formdata: Submitted | None,
) -> Level:
    own = facts if part.fixed else {}
    prefix = f"{level.prefix}{part.key}-{number}-"
    row = _level(part.components, prefix, data, formdata, own, level.context)
    row.number = number
    identity = identity_of([own]) if own else None
    row.identity = Identity(prefix + identity, identity, str(own[identity])) if identity else None
    return row


def _at(rows: Sequence[dict[str, Any]], place: int) -> dict[str, Any]:
    return rows[place] if place < len(rows) else {}


def _stray(top: Level, formdata: Submitted | None) -> tuple[str, ...]:
    """Submitted names under the form's prefix that belong to none of its fields."""
    if formdata is None:
        return ()
    known = set(_names(top))
    return tuple(
        key.removeprefix(PREFIX) for key in formdata if key.startswith(PREFIX) and key not in known
    )


def _names(level: Level) -> list[str]:
    own = [bound.name for bound in level.form] + [level.prefix + MARK]
    if level.identity:
        own.append(level.identity.name)
    return own + [name for rows in level.rows.values() for row in rows for name in _names(row)]
