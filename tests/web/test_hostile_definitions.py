"""A malicious process owner's forms: what they may cost whoever opens or sends them."""

from __future__ import annotations

import time

import pytest

from engine.errors import Invalid
from forms.render import FormSchema
from forms.render.clean import clean_answers, is_hidden
from tests.web.conftest import District


def form(condition: str) -> FormSchema:
    parts = [
        {"type": "number", "key": f"k{n}", "conditional": {"hide": condition}} for n in range(20)
    ]
    rows = {"type": "dynamiclist", "path": "rows", "components": parts}
    return FormSchema.load({"components": [rows]})


def test_a_condition_that_computes_is_stopped_however_many_rows_ask_it(district: District) -> None:
    schema = form("=count(for i in 1..15000 return i) > 99999")
    begun = time.process_time()
    with district.app.test_request_context(), pytest.raises(Invalid, match="计算量过大"):
        clean_answers(schema, {"rows": [{"k0": 1} for _ in range(500)]})
    assert time.process_time() - begun < 2


def test_a_condition_that_looks_at_values_is_answered(district: District) -> None:
    schema = form('=(kind = "a" or list contains(["b", "c"], kind)) and amount * 1.1 > 20')
    part = schema.components[0].components[0]
    assert is_hidden(part, {"kind": "c", "amount": 20})
    assert not is_hidden(part, {"kind": "d", "amount": 20})
