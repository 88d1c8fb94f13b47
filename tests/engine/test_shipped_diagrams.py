"""Every shipped diagram, walked on every path; each decision table, for any figures."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import feel, registry
from engine.feel import dmn
from engine.people.roles import ROLES
from engine.projects.packs import installed_packs
from engine.projects.rules import STAGES
from engine.workflow.lint import lint
from engine.workflow.runtime import start
from tests.engine.diagram_walk import (
    AT,
    FILES,
    PROCESSES,
    SCHEMAS,
    Walk,
    begin,
    definition,
    facts,
    role_of,
    search,
    straight,
)

CONSTRUCTION = facts(last_year=2025)
BEGINNINGS: dict[str, list[dict[str, Any]]] = {
    "lifecycle": [CONSTRUCTION],
    "approval": [
        facts(origin="declaration") | {"origin": "declaration"},
        facts(type="service", amount=Decimal(20_000)) | {"origin": "declaration"},
        facts(type="service", amount=Decimal(20_000), pilot=True) | {"origin": "budget"},
    ],
    "gate": [facts(gate={"key": "a", "name": "a", "gatekeeper": "investment_reviewer"})],
    "expert_review": [facts(amount=Decimal(20_000_000)), facts()],
    "monitoring": [facts()],
    "rectification": [facts(alert=5, origin="alert")],
    "closure": [facts()],
}
FORMS = {path.stem for path in SCHEMAS.glob("*.json")}


@cache
def walks(process: str) -> list[Walk]:
    return [search(definition(process), data) for data in BEGINNINGS[process]]


def flows_of(process: str) -> set[tuple[str, str]]:
    spec = definition(process).specs[process]
    return {(process, flow.id) for step in spec.task_specs.values() for flow in _flows(step)}


def _flows(step: Any) -> tuple[Any, ...]:
    return getattr(step, "flows", ())


def test_the_lint_finds_nothing_in_the_shipped_diagrams() -> None:
    assert lint(FILES, registry.operations(), FORMS, set(ROLES)) == []


@pytest.mark.parametrize("process", PROCESSES)
def test_no_path_gets_stuck(process: str) -> None:
    for walk in walks(process):
        assert walk.ends
        assert walk.stuck() == set()


@pytest.mark.parametrize("process", PROCESSES)
def test_never_more_than_one_thing_is_open(process: str) -> None:
    assert max(walk.open_at_once for walk in walks(process)) == 1


@pytest.mark.parametrize("process", PROCESSES)
def test_every_sequence_flow_is_taken(process: str) -> None:
    taken = {flow for walk in walks(process) for flow in walk.flows}
    always = {("approval", "unit_skipped"), ("approval", "department_skipped")}
    assert len(flows_of(process)) == FILES[f"{process}.bpmn"].count(b"<bpmn:sequenceFlow ")
    assert flows_of(process) - taken - always == set()


def test_the_walk_of_the_lifecycle_goes_through_all_that_it_calls() -> None:
    taken = {process for walk in walks("lifecycle") for process, _ in walk.flows}
    assert taken == {"lifecycle", "expert_review", "approval", "gate", "monitoring", "closure"}


def test_a_table_without_unit_and_department_skips_them() -> None:
    table = FILES["approval_levels.dmn"].replace(b'<text>"unit"</text>', b'<text>"budget"</text>')
    table = table.replace(b'<text>"department"</text>', b'<text>"performance"</text>')
    walk = search(
        definition("approval", FILES | {"approval_levels.dmn": table}),
        facts(type="service", amount=Decimal(1)) | {"origin": "declaration"},
    )
    assert {("approval", "unit_skipped"), ("approval", "department_skipped")} <= walk.flows
    assert walk.stuck() == set()


def test_every_form_of_a_diagram_exists_and_every_form_is_used() -> None:
    nodes = [node for process in PROCESSES for node in definition(process).nodes.values()]
    named = {node.properties["form"] for node in nodes if node.kind == "userTask"}
    assert named == FORMS


def test_every_task_says_who_does_it_and_in_which_part() -> None:
    for process in PROCESSES:
        for node in definition(process).nodes.values():
            if node.kind == "userTask":
                assert node.properties["duty"] in {"handle", "review", "final"}, node.id
                assert node.lane in ROLES or node.properties.get("role", "").startswith("=")
                assert node.name
                assert node.documentation


@pytest.mark.parametrize(("last", "years"), [(2024, 1), (2026, 3)])
@pytest.mark.parametrize("kind", ["construction", "industry", "service"])
def test_the_whole_lifecycle_reaches_its_end(kind: str, last: int, years: int) -> None:
    gates = {
        stage: [
            {"key": one.key, "name": one.name, "gatekeeper": one.gatekeeper}
            for one in installed_packs()[kind].gates
            if one.stage == stage
        ]
        for stage in STAGES
    }
    told = straight(definition("lifecycle"), facts(type=kind, last_year=last, gates=gates))

    assert told.count("end_closed") == 1
    assert told.count("fill_monitoring") == years
    assert told.count("evaluate_year") == told.count("open_next_year") == years - 1
    assert told.data["year"] == last
    assert told.count("investment_review") == (1 if kind == "construction" else 0)
    reviewed = [task for task in told.tasks if task.node.id == "review_gate"]
    assert [task.data["gate"] for task in reviewed] == [g for of in gates.values() for g in of]
    assert [role_of(task) for task in reviewed] == [t.data["gate"]["gatekeeper"] for t in reviewed]


def test_the_project_manager_is_asked_by_name() -> None:
    told = straight(definition("lifecycle"), facts(last_year=2025))
    mine = [task for task in told.tasks if task.node.lane == "project_manager"]
    assert {feel.evaluate(task.node.properties["assignee"][1:], task.data) for task in mine} == {
        Decimal(3)
    }


def test_an_empty_list_of_gates_is_passed_at_once() -> None:
    told = straight(definition("lifecycle"), facts(gates={stage: [] for stage in STAGES}))
    assert told.count("submit_gate") == 0
    assert told.count("end_closed") == 1


def test_a_return_signs_the_later_levels_again() -> None:
    process = definition("approval")
    data = facts(type="service", amount=Decimal(20_000)) | {"origin": "budget"}
    run, changes = start(process, data, at=AT)
    seen = []
    plan = ["approve", "approve", ("return", "unit_review"), "approve", "approve", "approve"]
    for verb in plan:
        (task,) = changes.opened
        seen.append(task.node.id)
        answer = (
            {"outcome": verb}
            if isinstance(verb, str)
            else dict(zip(("outcome", "return_to"), verb, strict=True))
        )
        changes = run.complete(task.id, answer, at=AT)
    levels = ["unit_review", "department_review", "budget_review"]
    assert seen == levels * 2
    assert changes.finished
    assert changes.data["outcome"] == "approve"


def test_a_problem_found_by_monitoring_starts_a_rectification() -> None:
    (walk,) = walks("monitoring")
    assert {message.payload["measure"] for message in walk.thrown} == {"rectify", "suspend"}
    for message in walk.thrown:
        assert message.payload["origin"] == "monitoring"
        changes = begin(definition("rectification"), message.payload)
        assert message.name in definition("rectification").messages
        assert [task.node.id for task in changes.opened] == ["draft_notice"]


def test_a_rectification_ends_only_by_its_closing() -> None:
    (walk,) = walks("rectification")
    before = {place for place, after in walk.places.items() if after & walk.ends}
    assert {names for names, _, _ in before} == {("close_rectification",)}


amounts = st.decimals(min_value=0, max_value=10**12, places=2)
kinds = st.sampled_from(["construction", "industry", "service"])
ORDER = ["unit", "department", "investment", "budget", "performance"]


def levels(amount: Decimal, kind: str, pilot: bool, origin: str) -> list[str]:
    project = {"amount": amount, "type": kind, "pilot": pilot}
    model = dmn.load(FILES["approval_levels.dmn"])
    decided = model.decide("approval_levels", {"project": project, "origin": origin})
    assert decided.error is None
    assert isinstance(decided.result, list)
    return [str(level) for level in decided.result]


@given(amounts, kinds, st.booleans(), st.sampled_from(["declaration", "budget"]))
def test_any_project_has_its_levels_once_and_in_order(
    amount: Decimal, kind: str, pilot: bool, origin: str
) -> None:
    found = levels(amount, kind, pilot, origin)
    assert found[:2] == ["unit", "department"]
    assert found == [level for level in ORDER if level in found]
    assert ("investment" in found) == (kind == "construction" and origin == "declaration")
    assert ("budget" in found) == (origin == "budget" or amount >= 1_000_000)
    assert ("performance" in found) == (pilot or amount >= 5_000_000)


@given(amounts, kinds, st.sampled_from(["new", "continuing"]))
def test_experts_are_asked_of_large_new_projects_only(
    amount: Decimal, kind: str, origin: str
) -> None:
    project = {"amount": amount, "type": kind, "origin": origin}
    decided = dmn.load(FILES["expert_review.dmn"]).decide("experts_needed", {"project": project})
    limit = 20_000_000 if kind == "construction" else 10_000_000
    assert decided.error is None
    assert decided.result is (origin == "new" and amount >= limit)


@given(st.decimals(min_value=-1, max_value=100, places=4), kinds)
def test_any_overspending_has_one_severity(ratio: Decimal, kind: str) -> None:
    model = dmn.load(FILES["severity.dmn"])
    decided = model.decide("severity", {"overspend_ratio": ratio, "project": {"type": kind}})
    assert decided.error is None
    assert isinstance(decided.result, dict)
    limit = ratio > Decimal("0.10") if kind == "construction" else ratio >= Decimal("0.20")
    expected = ("red", Decimal(15)) if limit else ("yellow", Decimal(30))
    assert (decided.result["severity"], decided.result["deadline_days"]) == expected


def test_a_breach_without_a_ratio_is_yellow() -> None:
    model = dmn.load(FILES["severity.dmn"])
    decided = model.decide("severity", {"overspend_ratio": None, "project": {"type": "service"}})
    assert decided.error is None
    assert decided.result == {"severity": "yellow", "deadline_days": Decimal(30)}
