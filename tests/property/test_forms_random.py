"""Random forms and answers: nothing crashes, nothing read-only changes, nothing typed is lost."""

from __future__ import annotations

from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

from flask import Flask, render_template_string
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from engine.errors import Invalid
from forms import text
from forms.render import FormSchema, Sheet, build, clean_answers, markup

KEYS = st.sampled_from(["a", "b", "goal", "data", "prefix", "meta", "errors", "process", "金额"])
WORDS = st.text(max_size=30)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=8,
)
OPTIONS = st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=4, unique=True).map(
    lambda values: [{"value": value, "label": value + "<"} for value in values]
)
HIDES = st.sampled_from(["=a = 1", "=b > 3", '=goal = "x"', "=金额 != null", "=not(data)"])


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    """One question of any kind."""
    kinds = ("textfield", "textarea", "number", "select", "radio", "checkbox", "checklist")
    kind = draw(st.sampled_from((*kinds, "datetime", "filepicker")))
    part: dict[str, Any] = {
        "type": kind,
        "key": draw(KEYS),
        "label": draw(WORDS),
        "description": draw(WORDS),
        "readonly": draw(st.booleans()),
        "defaultValue": draw(JSON),
        "validate": {"required": draw(st.booleans())},
    }
    if kind in ("select", "radio", "checklist"):
        part["values"] = draw(OPTIONS)
    if kind == "number":
        part["validate"]["min"] = draw(st.none() | st.integers(-5, 5))
    if draw(st.booleans()):
        part["conditional"] = {"hide": draw(HIDES)}
    return part


def _unlike(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({part.get("key") or part.get("path"): part for part in parts}.values())


LISTS = st.builds(
    lambda inner, fixed, key: {
        "type": "dynamiclist",
        "path": key,
        "label": "明细",
        "allowAddRemove": not fixed,
        "components": _unlike(inner),
    },
    st.lists(questions(), min_size=1, max_size=4),
    st.booleans(),
    KEYS,
)
SCHEMAS = st.lists(questions() | LISTS, min_size=1, max_size=6).map(
    lambda parts: FormSchema.load({"components": _unlike(parts)})
)
ANSWERS = st.dictionaries(
    KEYS, JSON | st.lists(st.dictionaries(KEYS, JSON, max_size=4)), max_size=6
)


def _app() -> Flask:
    app = Flask("forms.app")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    text.install(app, lambda: "zh")
    markup.install(app, lambda file: f"file.{file.get('sha256')}", lambda file: "/files/x")
    return app


APP = _app()
PAGE = '{% from "render/form.html" import fields, summary %}{{ summary(s) }}{{ fields(s) }}'
SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def _html(sheet: Sheet) -> str:
    with APP.test_request_context():
        return render_template_string(PAGE, s=sheet)


class _Fields(HTMLParser):
    """What a browser would submit: names with their values, templates left out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: MultiDict[str, str] = MultiDict()
        self.tags: set[str] = set()
        self._textarea: str | None = None
        self._select: str | None = None
        self._template = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given, self.tags = dict(attrs), self.tags | {tag}
        self._template += tag == "template"
        if self._template:
            return
        name, value = given.get("name"), given.get("value") or ""
        if tag == "textarea":
            self._textarea = name
        if tag == "select":
            self._select = name
        chosen = given.get("type") not in ("checkbox", "radio", "file") or "checked" in given
        if tag == "input" and name and chosen and given.get("type") != "file":
            self.found.add(name, value)
        if tag == "option" and "selected" in given and self._select:
            self.found.add(self._select, value)

    def handle_endtag(self, tag: str) -> None:
        self._template -= tag == "template"
        if tag == "textarea":
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._textarea and not self._template:
            self.found.add(self._textarea, data)


def _submitted(html: str) -> MultiDict[str, str]:
    reader = _Fields()
    reader.feed(html)
    reader.close()
    return reader.found


@given(SCHEMAS, ANSWERS, ANSWERS)
@SETTINGS
def test_cleaning_gives_answers_or_reasons_and_nothing_else(
    schema: FormSchema, answers: dict[str, Any], facts: dict[str, Any]
) -> None:
    try:
        cleaned = clean_answers(schema, answers, facts)
    except Invalid as refusal:
        assert refusal.problems
        assert all(isinstance(reason, str) and reason for reason in refusal.problems.values())
        return
    for part in schema.components:
        if part.readonly and part.asks and part.key in cleaned:
            assert cleaned[part.key] == facts.get(part.key, part.default)
        elif part.kind == "number" and cleaned.get(part.key) is not None:
            assert format(Decimal(cleaned[part.key]), "f") == cleaned[part.key]


@given(SCHEMAS, ANSWERS)
@SETTINGS
def test_clean_answers_stay_as_they_are(schema: FormSchema, answers: dict[str, Any]) -> None:
    try:
        cleaned = clean_answers(schema, answers, answers)
    except Invalid:
        return
    assert clean_answers(schema, cleaned, cleaned) == cleaned


@given(SCHEMAS, ANSWERS, ANSWERS)
@SETTINGS
def test_any_form_with_any_data_can_be_shown(
    schema: FormSchema, data: dict[str, Any], facts: dict[str, Any]
) -> None:
    sheet = build(schema, data, facts=facts)
    html = _html(sheet)
    reader = _Fields()
    reader.feed(html)
    assert "script" not in reader.tags
    try:
        sheet.answers()
    except Invalid:
        _html(sheet)


@given(SCHEMAS, st.dictionaries(st.text(max_size=20), WORDS, max_size=6))
@SETTINGS
def test_any_submission_can_be_read(schema: FormSchema, typed: dict[str, str]) -> None:
    names = [f"answers-{part.key}" for part in schema.components]
    form = MultiDict({**typed, **dict.fromkeys(names, "x")})
    sheet = build(schema, {}, form)
    try:
        sheet.answers()
    except Invalid:
        assert "error" in _html(sheet)


@given(SCHEMAS, st.data())
@SETTINGS
def test_what_was_typed_is_still_there_after_a_refusal(
    schema: FormSchema, data: st.DataObject
) -> None:
    line = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=12)
    begun = _submitted(_html(build(schema, {})))
    texts = {
        part.key: data.draw(line)
        for part in schema.components
        if part.kind in ("textfield", "textarea", "number", "datetime")
        and f"answers-{part.key}" in begun
    }
    for key, value in texts.items():
        begun.setlist(f"answers-{key}", [value])
    again = _submitted(_html(build(schema, {}, begun)))
    for key, value in texts.items():
        assert again.get(f"answers-{key}", "").removeprefix("\n") == value
