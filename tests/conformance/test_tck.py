"""The DMN Technology Compatibility Kit, level by level."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.feel import dmn
from engine.feel.commands import decide_command
from engine.feel.dmn.tck import Outcome, run_folder
from engine.feel.errors import FeelError

KNOWN = json.loads(Path(__file__).with_name("tck_level_3.json").read_text(encoding="utf-8"))
"""What may fail on level 3, by name, each with a reason; nothing else may, and nothing less."""


def told(outcome: Outcome) -> list[str]:
    return [f"{each.test} {each.node}: {each.got}" for each in outcome.failed]


def test_level_2_is_passed_in_full(reference: Path) -> None:
    outcome = run_folder(reference / "tck" / "compliance-level-2")
    assert (outcome.total, told(outcome)) == (126, [])


def test_level_3_is_passed_but_for_the_failures_known_by_name(reference: Path) -> None:
    outcome = run_folder(reference / "tck" / "compliance-level-3")
    assert (outcome.passed, outcome.total) == (KNOWN["passed"], KNOWN["total"])
    failed = [{"test": e.test, "node": e.node, "reason": e.reason} for e in outcome.failed]
    assert failed == KNOWN["failed"]


def test_the_known_failures_of_level_3_leave_more_than_95_percent_and_have_reasons() -> None:
    assert KNOWN["total"] - KNOWN["passed"] == len(KNOWN["failed"])
    assert KNOWN["passed"] >= 0.95 * KNOWN["total"]
    assert all(KNOWN["reasons"][failure["reason"]] for failure in KNOWN["failed"])


def test_the_whole_folder_of_external_java_counts_as_failed(reference: Path) -> None:
    folder = reference / "tck" / "compliance-level-3" / "0076-feel-external-java"
    outcome = run_folder(folder)
    assert (outcome.passed, outcome.total) == (0, 18)
    assert {failed.reason for failed in outcome.failed} == {"external"}


def test_a_model_that_cannot_be_loaded_fails_every_node(tmp_path: Path) -> None:
    (tmp_path / "t-test-01.xml").write_text(
        '<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase">'
        "<modelName>missing.dmn</modelName><testCase id='1'>"
        "<resultNode name='a'><expected><value/></expected></resultNode>"
        "<resultNode name='b'><expected><value/></expected></resultNode></testCase></testCases>"
    )
    outcome = run_folder(tmp_path)
    assert (outcome.passed, outcome.total) == (0, 2)


def test_a_test_file_that_cannot_be_read_fails(tmp_path: Path) -> None:
    (tmp_path / "t-test-01.xml").write_text("<testCases>")
    outcome = run_folder(tmp_path)
    assert (outcome.passed, outcome.total) == (0, 1)


@pytest.mark.parametrize("level", ["compliance-level-2", "compliance-level-3"])
def test_everything_of_the_kit_answers_or_refuses_in_our_own_way(
    reference: Path, level: str
) -> None:
    asked = 0
    for file in sorted((reference / "tck" / level).rglob("*.dmn")):
        model = dmn.load_file(file)
        assert all(complaint.said("en") for _, complaint in model.warnings())
        for name in model.callables:
            try:
                decided = model.ask(name, {})
            except FeelError as error:
                assert error.english
            else:
                assert decided.reason is None or decided.result is None
            asked += 1
    assert asked > 50


def test_the_command_line_decides_the_files_of_the_kit(reference: Path) -> None:
    for file in sorted((reference / "tck" / "compliance-level-2").rglob("*.dmn")):
        name = dmn.load_file(file).callables[0]
        result = CliRunner().invoke(decide_command, [str(file), "--decision", name, "--json"])
        assert result.exit_code == 0, (file, result.exception)
        assert "result" in json.loads(result.stdout)
