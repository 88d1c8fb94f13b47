"""Lint: each rule finds its fault, and a good diagram has none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import etree

from engine.errors import Invalid
from engine.workflow.lint import Finding, lint
from engine.workflow.lint.commands import lint_command
from tests.engine.runtime_drawing import Drawing, declare, message, service, timer

FOLDER = Path(__file__).parent / "diagrams"
FILES = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
QUIET = {"no-shape", "no-role", "no-term"}


def drawn(*path: str) -> Drawing:
    drawing = Drawing()
    drawing.node("startEvent", "s")
    drawing.node("endEvent", "e")
    return drawing.path("s", *path, "e") if path else drawing


def found(drawing: Drawing, **keywords: str) -> set[tuple[str, str]]:
    """(code, element) of the findings, without those that every drawing of a test has."""
    findings = lint(drawing.files(**keywords))
    assert all(f.english and f.english != f.message for f in findings)
    return {(f.rule, f.element) for f in findings if f.rule not in QUIET}


def properties(**values: str) -> str:
    items = "".join(
        f'<spiffworkflow:property name="{n.replace("__", ".")}" value="{v}"/>'
        for n, v in values.items()
    )
    return (
        f"<bpmn:extensionElements><spiffworkflow:properties>{items}"
        "</spiffworkflow:properties></bpmn:extensionElements>"
    )


def test_a_good_diagram_has_no_findings() -> None:
    operations, forms = {"reports.file_review"}, {"declaration"}
    assert lint(FILES, operations, forms, {"project_manager", "department_reviewer"}) == []


def test_what_is_not_xml_is_an_error() -> None:
    (finding,) = lint({"x.bpmn": b"no"})
    assert (finding.severity, finding.rule, finding.file) == ("error", "not-parsable", "x.bpmn")


def test_a_decision_table_that_does_not_load_is_an_error() -> None:
    assert [f.rule for f in lint({"x.dmn": b"<no/>"})] == ["not-parsable"]


@pytest.mark.parametrize("kind", ["intermediateCatchEvent", "boundaryEvent"])
def test_a_cycle_where_an_event_happens_only_once_is_an_error(kind: str) -> None:
    if kind == "intermediateCatchEvent":
        drawing = drawn("wait")
        drawing.node(kind, "wait", timer("timeCycle", "R3/PT1H"))
    else:
        drawing = drawn("a").users("a")
        drawing.node(kind, "wait", timer("timeCycle", "R3/PT1H"), attachedToRef="a")
        drawing.path("wait", "e")
    assert ("timer", "wait") in found(drawing)


def test_what_the_engine_refuses_is_found_all_at_once() -> None:
    drawing = drawn("one", "two")
    drawing.node("scriptTask", "one")
    drawing.node("complexGateway", "two")
    assert {("unsupported", "one"), ("unsupported", "two")} <= found(drawing)


def test_a_reserved_id_is_an_error() -> None:
    assert ("unsupported", "End") in found(drawn("End").users("End"))


def test_a_called_process_that_is_missing_is_an_error() -> None:
    drawing = drawn("call")
    drawing.node("callActivity", "call", calledElement="nowhere")
    assert found(drawing) == {("not-parsable", "call")}


def test_a_node_without_a_way_on_is_mentioned() -> None:
    drawing = drawn().users("a").path("s", "a")
    drawing.node("endEvent", "x")
    assert found(drawing) == {("dangling", "a"), ("dead_task", "e"), ("dead_task", "x")}


def test_a_node_that_is_never_reached_is_an_error() -> None:
    assert found(drawn("a").users("a", "lost").path("lost", "e")) == {("dead_task", "lost")}


def test_a_loop_without_a_way_out_is_an_error() -> None:
    drawing = drawn("a").users("a", "b", "c")
    drawing.node("exclusiveGateway", "g")
    drawing.flows = []
    drawing.path("s", "g", "b", "c", "g").path("a", "e")
    assert ("no_proper_completion", "g") in found(drawing)


def test_a_user_task_without_a_name_is_an_error() -> None:
    drawing = drawn("a")
    drawing.node("userTask", "a")
    assert found(drawing) == {("no-name", "a")}


def test_a_user_task_without_a_role_is_mentioned() -> None:
    findings = lint(drawn("a").users("a").files())
    assert [(f.element, f.severity) for f in findings if f.rule == "no-role"] == [("a", "warning")]


def choice(*conditions: str) -> Drawing:
    drawing = Drawing()
    drawing.node("startEvent", "s")
    drawing.node("exclusiveGateway", "g")
    drawing.path("s", "g")
    for n, condition in enumerate(conditions):
        drawing.flow("g", drawing.node("endEvent", f"e{n}"), condition)
    return drawing


def test_a_condition_that_is_no_feel_is_an_error() -> None:
    drawing = choice("a &&& b", "true")
    assert found(drawing) == {("condition", "p_f1")}


def test_a_choice_that_may_have_no_answer_is_mentioned() -> None:
    assert found(choice("a > 1", "a < 1")) == {("no-default", "g")}


@pytest.mark.parametrize(
    "conditions", [("a > 1", "a <= 1"), ("ok", "not(ok)"), ('v = "x"', 'v != "x"'), ("a", "true")]
)
def test_a_choice_that_always_has_an_answer_is_fine(conditions: tuple[str, str]) -> None:
    assert found(choice(*conditions)) == set()


def test_a_timer_that_cannot_be_read_is_an_error() -> None:
    drawing = drawn("t")
    drawing.node("intermediateCatchEvent", "t", timer("timeDuration", "5 days"))
    assert found(drawing) == {("timer", "t")}


def test_a_message_that_is_not_declared_is_an_error() -> None:
    drawing = drawn("m")
    drawing.node("intermediateCatchEvent", "m", message("x"))
    assert found(drawing) == {("event", "m")}
    assert found(drawing, extra=declare("x")) == set()


def test_unknown_operations_forms_and_roles_are_errors() -> None:
    drawing = drawn("a", "b")
    inner = properties(form="no_form", role="no_role", requires="room.guard, room.known")
    drawing.node("userTask", "a", inner, name="a")
    drawing.node("serviceTask", "b", service("room.unknown"))
    findings = lint(drawing.files(), {"room.known"}, {"form"}, {"role"})
    assert {(f.rule, f.element) for f in findings if f.severity == "error"} == {
        ("unknown-form", "a"), ("unknown-role", "a"), ("unknown-operation", "a"),
        ("unknown-operation", "b"),
    }  # fmt: skip


def test_a_role_may_be_an_expression_and_must_then_compile() -> None:
    drawing = drawn("a", "b")
    drawing.node("userTask", "a", properties(role="=gate.keeper", input__x="a + 1"), name="a")
    drawing.node("userTask", "b", properties(role="=1 +"), name="b")
    findings = lint(drawing.files(), roles={"r"})
    assert [(f.rule, f.element) for f in findings if f.rule not in QUIET] == [("expression", "b")]


def test_a_property_that_nobody_reads_is_mentioned() -> None:
    drawing = drawn("a")
    drawing.node("userTask", "a", properties(fomr="x"), name="a")
    assert found(drawing) == {("unknown-property", "a")}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"approvers": "everybody"}, "bad-approvers"),
        ({"approvers": "head:zero"}, "bad-approvers"),
        ({"copies": "draw:expert"}, "bad-approvers"),
        ({"approval": "most"}, "bad-approval"),
        ({"approval": "all", "pass": "120%"}, "bad-approval"),
        ({"pass": "60%"}, "no-approval"),
        ({"duty": "watch"}, "bad-choice"),
        ({"verbs": "approve,shrug"}, "bad-verb"),
        ({"duplicate": "any", "money": "true"}, "machine-decides"),
        ({"empty": "skip", "duty": "final"}, "machine-decides"),
        ({"escalate_to": "superior,nobody"}, "bad-approvers"),
    ],
)
def test_an_approval_that_cannot_be_held_is_found(values: dict[str, str], code: str) -> None:
    drawing = drawn()
    drawing.node("userTask", "review", properties(**values), name="审核")
    drawing.path("s", "review", "e")
    assert (code, "review") in found(drawing)


@pytest.mark.parametrize(
    "values",
    [
        {"approvers": "role:expert,person:gu", "approval": "all", "pass": "60%", "veto": "true"},
        {"approvers": "=chosen", "approval": "=mode", "duplicate": "previous"},
        {"approvers": "heads:3", "approval": "sequence", "empty": "block", "again": "disagreed"},
    ],
)
def test_an_approval_that_can_be_held_is_fine(values: dict[str, str]) -> None:
    drawing = drawn()
    drawing.node("userTask", "review", properties(**values), name="审核")
    drawing.path("s", "review", "e")
    assert not {code for code, element in found(drawing) if element == "review"} - {"unset"}


@pytest.mark.parametrize(
    ("values", "findings"),
    [({}, {("no-term", "a")}), ({"due": "5 WD"}, set()), ({"no_due": "由发起人随时补充"}, set())],
)
def test_work_without_a_term_or_a_reason_for_having_none_is_mentioned(
    values: dict[str, str], findings: set[tuple[str, str]]
) -> None:
    drawing = drawn("a")
    drawing.node("userTask", "a", properties(role="r", **values), name="a")
    found = {(f.rule, f.element) for f in lint(drawing.files()) if f.rule != "no-shape"}
    assert found == findings


def test_elements_that_nobody_can_see_are_mentioned() -> None:
    review = FILES["review.bpmn"].replace(b'bpmnElement="unit_review"', b'bpmnElement="other"')
    findings = lint({**FILES, "review.bpmn": review})
    assert [(f.rule, f.element) for f in findings] == [("no-shape", "unit_review")]


def gateways(split: str, join: str) -> Drawing:
    drawing = drawn().users("a", "b")
    drawing.node(split, "split")
    drawing.node(join, "join")
    drawing.path("s", "split", "a", "join", "e")
    if split == "parallelGateway":
        return drawing.path("split", "b", "join")
    drawing.flows = []
    drawing.path("s", "split")
    drawing.flow("split", "a", "x > 1")
    drawing.flow("split", "b", None, True)
    return drawing.path("a", "join", "e").path("b", "join")


@pytest.mark.parametrize("split", ["exclusiveGateway", "inclusiveGateway"])
def test_a_parallel_join_behind_a_choice_is_a_deadlock(split: str) -> None:
    faults = found(gateways(split, "parallelGateway"))
    behind = {("dead_task", "join"), ("dead_task", "e")} if split == "exclusiveGateway" else set()
    assert faults == {("deadlock", "join")} | behind


def test_a_choice_that_meets_parallel_branches_runs_twice() -> None:
    drawing = gateways("parallelGateway", "exclusiveGateway")
    assert found(drawing) == {("lack_of_synchronisation", "join")}


@pytest.mark.parametrize(
    ("split", "join"),
    [
        ("parallelGateway", "parallelGateway"),
        ("parallelGateway", "inclusiveGateway"),
        ("inclusiveGateway", "inclusiveGateway"),
        ("exclusiveGateway", "exclusiveGateway"),
        ("exclusiveGateway", "inclusiveGateway"),
    ],
)
def test_gateways_that_fit_each_other_are_sound(split: str, join: str) -> None:
    assert found(gateways(split, join)) == set()


def test_a_boundary_path_into_a_parallel_join_is_a_deadlock() -> None:
    drawing = gateways("parallelGateway", "parallelGateway").users("late")
    drawing.node("boundaryEvent", "t", timer("timeDuration", "P1D"), attachedToRef="a")
    drawing.node("endEvent", "e2")
    drawing.path("t", "late", "e2")
    assert found(drawing) == {("deadlock", "join")}


def test_a_very_wide_diagram_is_decided_within_the_budget() -> None:
    drawing = Drawing()
    last = drawing.node("startEvent", "s")
    for n in range(12):
        split, join = f"split{n}", f"join{n}"
        drawing.node("parallelGateway", split)
        drawing.node("parallelGateway", join)
        drawing.path(last, split)
        for m in range(12):
            drawing.users(f"t{n}_{m}").path(split, f"t{n}_{m}", join)
        last = join
    drawing.node("endEvent", "e")
    assert found(drawing.path(last, "e")) == set()


def test_the_command_prints_json_and_tells_by_its_exit_code(tmp_path: Path) -> None:
    (tmp_path / "bad.bpmn").write_bytes(gateways("exclusiveGateway", "parallelGateway").xml())
    result = CliRunner().invoke(lint_command, [str(tmp_path), "--json"])
    (data,) = map(json.loads, result.stdout.splitlines())
    assert (result.exit_code, data["file"], data["runnable"]) == (
        1,
        str(tmp_path / "bad.bpmn"),
        False,
    )
    told = {"element", "severity", "rule", "message", "english", "path"}
    assert all(told == set(finding) for finding in data["findings"])
    (stuck,) = (one for one in data["findings"] if one["rule"] == "deadlock")
    assert stuck["path"] in (["s", "split", "a", "join"], ["s", "split", "b", "join"])


def test_files_that_have_nothing_to_do_with_each_other_are_linted_together(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / f"{name}.bpmn").write_bytes(gateways(*["parallelGateway"] * 2).xml())
    result = CliRunner().invoke(lint_command, [str(tmp_path), "--json"])
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.exit_code, [line["runnable"] for line in lines]) == (0, [True, True])


def test_an_export_keeps_what_is_not_ours(tmp_path: Path) -> None:
    xml = gateways(*["parallelGateway"] * 2).xml(
        extra='<!-- kept --><x:shape xmlns:x="urn:of-others" x:colour="red"/>'
    )
    (tmp_path / "a.bpmn").write_bytes(xml)
    out = tmp_path / "b.bpmn"
    paths = [str(tmp_path / "a.bpmn"), "--export", str(out)]
    assert CliRunner().invoke(lint_command, paths).exit_code == 0
    assert etree.canonicalize(out.read_text()) == etree.canonicalize(xml.decode())
    assert b"<!-- kept -->" in out.read_bytes()
    refused = CliRunner().invoke(lint_command, [str(tmp_path), "--export", str(out)])
    assert isinstance(refused.exception, Invalid)


def test_the_command_says_when_there_is_nothing_to_check(tmp_path: Path) -> None:
    result = CliRunner().invoke(lint_command, [str(tmp_path)])
    assert isinstance(result.exception, Invalid)


def test_findings_are_sorted_and_print_as_one_line() -> None:
    finding = Finding("a.bpmn", "x", "error", "deadlock", "卡住。", "It gets stuck.")
    assert str(finding) == "错误 a.bpmn#x [deadlock] 卡住。"
    assert finding.line("en") == "error a.bpmn#x [deadlock] It gets stuck."


def test_a_way_back_into_a_parallel_join_is_a_deadlock() -> None:
    drawing = drawn().users("a", "b", "decide")
    drawing.node("parallelGateway", "split")
    drawing.node("parallelGateway", "join")
    drawing.node("exclusiveGateway", "again")
    drawing.path("s", "split", "a", "join", "decide", "again").path("split", "b", "join")
    drawing.flow("again", "join", "more = true")
    drawing.flow("again", "e", None, True)
    assert ("deadlock", "join") in found(drawing)


def test_what_never_happens_because_of_a_deadlock_is_only_a_warning() -> None:
    findings = lint(gateways("exclusiveGateway", "parallelGateway").files())
    assert {f.severity for f in findings if f.rule == "dead_task"} == {"warning"}


def test_beyond_the_bound_lint_still_says_what_gets_stuck() -> None:
    drawing = drawn()
    for kind, id_ in (("parallelGateway", "split"), ("parallelGateway", "join")):
        drawing.node(kind, id_)
    drawing.path("s", "split").path("join", "e")
    for number in range(20):
        task, late, end = f"t{number}", f"late{number}", f"end{number}"
        drawing.users(task).path("split", task, "join")
        drawing.node("boundaryEvent", late, timer("timeDuration", "P1D"), attachedToRef=task)
        drawing.node("endEvent", end)
        drawing.path(late, end)
    assert found(drawing) == {("state_space_bound", "p"), ("deadlock", "join")}
