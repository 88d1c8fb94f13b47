"""A fault in an expression is told in the language that the reader chose."""

from __future__ import annotations

import pytest

from engine import feel
from forms.language import COOKIE
from tests.web.conftest import District


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh", "“(”没有对应的“)”（第 1 列）"), ("en", "“(” is never closed by “)” (column 1)")],
)
def test_a_fault_is_told_in_the_language_of_the_reader(
    district: District, language: str, said: str
) -> None:
    with pytest.raises(feel.SyntaxError_) as caught:
        feel.compile("(1")
    headers = {"Cookie": f"{COOKIE}={language}", "Accept": "application/json"}
    app = district.app
    with app.test_request_context(headers=headers):
        answer = app.make_response(app.handle_user_exception(caught.value))
    assert answer.status_code == 422
    assert answer.get_json()["error"]["message"] == said
    assert answer.get_json()["error"]["code"] == "feel_syntax"
