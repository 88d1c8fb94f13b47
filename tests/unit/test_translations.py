"""English is a full second language: every word of the pages has its translation."""

from __future__ import annotations

import re

import pytest
from babel.messages.catalog import Catalog

from engine.workflow.verbs import VERBS
from forms.translations.update import catalogue, words

PLACE = re.compile(r"%\((\w+)\)s")


@pytest.fixture(scope="module")
def english() -> Catalog:
    """The committed English catalogue."""
    return catalogue("en")


def test_every_word_is_in_the_catalogue_and_translated(english: Catalog) -> None:
    known = {
        (one.context, str(one.id)) for one in english if one.id and one.string and not one.fuzzy
    }
    assert words() == known, "run: python -m forms.translations.update, then fill in the empty ones"


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
