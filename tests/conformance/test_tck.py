"""The DMN Technology Compatibility Kit, level by level."""

from __future__ import annotations

from pathlib import Path

from engine.feel.dmn.tck import Outcome, run_folder

NEVER = "0076-feel-external-java"
"""Calls Java methods by name, which this engine refuses on principle."""


def told(outcome: Outcome) -> list[str]:
    return [f"{each.test} {each.node}: {each.got}" for each in outcome.failed]


def test_level_2_is_passed_in_full(reference: Path) -> None:
    outcome = run_folder(reference / "tck" / "compliance-level-2")
    assert (outcome.total, told(outcome)) == (126, [])


def test_level_3_is_passed_but_for_calls_of_java(reference: Path) -> None:
    outcome = run_folder(reference / "tck" / "compliance-level-3")
    assert outcome.total == 1446
    assert [each for each in told(outcome) if not each.startswith(NEVER)] == []


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
