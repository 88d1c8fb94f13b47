"""`bihuan score` as people and machines call it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from engine.cli import run

CASES = Path(__file__).parents[2] / "cases"
NINES = "9" * 6000


def call(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = run(["score", *args])
    out, err = capsys.readouterr()
    return code, out, err


def test_json_has_the_figures_with_two_decimals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = json.loads((CASES / "clean.json").read_text(encoding="utf-8"))["case"]
    file = tmp_path / "case.json"
    file.write_text(json.dumps(case), encoding="utf-8")
    code, out, err = call(capsys, str(file), "--json")
    data = json.loads(out)
    assert (code, err, data["total"]["proposed"], data["grade"]) == (0, "", 97.75, "优")
    assert list(data) == ["rows", "execution", "total", "grade", "flags"]
    assert [row["level3"] for row in data["rows"]] == [row["level3"] for row in case["indicators"]]
    assert list(data["rows"][0]) == [
        "level3", "target", "actual", "weight", "proposed", "published", "flags",
    ]  # fmt: skip
    assert re.search(r'"weights": 100\.00\b', out)


def test_people_get_a_table_with_the_reckoning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = json.loads((CASES / "faults.json").read_text(encoding="utf-8"))["case"]
    file = tmp_path / "case.json"
    file.write_text(json.dumps(case, ensure_ascii=False), encoding="utf-8")
    code, out, _ = call(capsys, str(file))
    assert code == 0
    assert "1.5 ÷ 2 × 20 = 15.00" in out
    assert "计量单位不同" in out
    assert "公布的总分与各行得分之和不符" in out


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b'"x"', b"[" * 100000, b"1"])
def test_what_is_no_table_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    file = tmp_path / "case.json"
    file.write_bytes(content)
    code, out, err = call(capsys, str(file), "--json")
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_a_missing_file_or_scheme_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(capsys, str(tmp_path / "none.json"))[0] == 2
    assert call(capsys, str(tmp_path))[0] == 2
    (tmp_path / "case.json").write_text("{}")
    assert call(capsys, str(tmp_path / "case.json"), "--scheme", "none")[0] == 2


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{"budget": NaN, "total_score": Infinity, "indicators": [{"target": NaN, "weight": NaN}]}',
        '{"indicators": [{"level3": "\\ud800", "target": 1e400, "actual": 12e-300, "weight": 5}]}',
        '{"indicators": [{"level3": ["a"], "target": {"b": 1}, "actual": true, "weight": "5"}]}',
        f'{{"indicators": [{{"target": {NINES}, "actual": "{NINES}", "weight": 1}}]}}',
        '{"budget": {"adjusted": 1e-12, "executed": 1e15, "weight": 10}}',
    ],
)
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_any_object_is_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, options: list[str]
) -> None:
    file = tmp_path / "case.json"
    file.write_text(text)
    code, out, _ = call(capsys, str(file), *options)
    assert code == 0
    assert not options or json.loads(out)
