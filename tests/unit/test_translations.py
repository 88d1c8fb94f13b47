"""English is a full second language: every word of the pages has its translation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from string import Formatter

import pytest
from babel.messages.catalog import Catalog

from engine.workflow.verbs import VERBS
from forms.translations.extract import CHINESE, REFUSALS, sentences_in
from forms.translations.update import ROOT, Word, catalogue, words

PLACE = re.compile(r"%\((\w+)\)s")
SAID_BY = ("engine", "reports", "forms/render", "forms/serve")
"""Where sentences are made from templates, not with `_()`."""
NO_VALUES = {"field", "element", "problems", "context"}


@pytest.fixture(scope="module")
def english() -> Catalog:
    """The committed English catalogue."""
    return catalogue("en")


@pytest.fixture(scope="module")
def wanted() -> set[Word]:
    """The words that the source shows."""
    return words()


def test_every_word_is_in_the_catalogue_and_translated(english: Catalog, wanted: set[Word]) -> None:
    known = {
        (one.context, str(one.id)) for one in english if one.id and one.string and not one.fuzzy
    }
    assert wanted == known, "run: python -m forms.translations.update, then fill in the empty ones"


def test_translations_have_the_same_places_as_their_words(english: Catalog) -> None:
    for one in english:
        if one.id:
            assert set(PLACE.findall(str(one.id))) == set(PLACE.findall(str(one.string))), one.id


def test_translations_hold_no_chinese(english: Catalog) -> None:
    assert not [one.string for one in english if re.search(r"[\u4e00-\u9fff]", str(one.string))]


def test_what_somebody_did_is_told_as_done(english: Catalog) -> None:
    told = {verb: english.get(name, context="done") for verb, name in VERBS.items()}
    said = {verb: str(one.string) for verb, one in told.items() if one is not None}
    assert said.keys() == VERBS.keys()
    assert said["approve"] == "approved" and said["suspend"] == "suspended the process"
    for verb, words_ in said.items():
        named = english.get(VERBS[verb])
        assert named is not None and named.string != words_, "a button is no report"


def test_sentences_have_places_only_for_what_they_are_given(english: Catalog) -> None:
    found = {str(one.id): str(one.string) for one in english if one.id}
    checked = 0
    for where, call, template in _sentences():
        text = template.value if isinstance(template, ast.Constant) else None
        if isinstance(text, str) and text in found:
            given = {str(one.arg) for one in call.keywords} - NO_VALUES
            if given:
                assert places(text) == given, where
                assert places(found[text]) <= given, where
            checked += 1
    assert checked > 250


def test_no_refusal_is_put_together_where_no_catalogue_can_find_it() -> None:
    lost = [
        where
        for where, _call, template in _sentences()
        if not isinstance(template, ast.Constant) and CHINESE.search(_loose(template))
    ]
    assert not lost, 'write a template: Invalid("没有“{name}”", name=name)'


def test_sentences_are_found_in_every_room(wanted: set[Word]) -> None:
    templates = {text for context, text in wanted if context is None}
    assert {
        "没有名为 {name} 的操作",
        "此事项由{names}办理",
        "这是您经办的事项，须由他人审核",
    } <= templates


def places(template: str) -> set[str]:
    """The names of a template's places."""
    return {name for _text, name, _spec, _conversion in Formatter().parse(template) if name}


def _loose(template: ast.expr) -> str:
    """A template that is worked out, without what is marked for the catalogue in it."""
    if isinstance(template, ast.Call) and isinstance(template.func, ast.Name):
        return "" if template.func.id in {*REFUSALS, "_"} else ast.unparse(template)
    if isinstance(template, ast.BoolOp):
        return "".join(map(_loose, template.values))
    return ast.unparse(template)


def _sentences() -> Iterator[tuple[str, ast.Call, ast.expr]]:
    """Every call that makes a sentence from a template, and where it stands."""
    for folder in SAID_BY:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for call, template in sentences_in(path.read_text()):
                yield f"{path.relative_to(ROOT)}:{call.lineno}", call, template
