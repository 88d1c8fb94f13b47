"""Deploying, and that the diagram decides what happens: inserted, moved and broken elements."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import func, select

from engine import settings as installation
from engine.errors import Invalid, NotFound
from engine.workflow.deployments import deploy, form, latest, processes_of, read_folder
from engine.workflow.instances import About, start_instance
from engine.workflow.models import Deployment, DeploymentFile, Instance
from forms.walk.commands import walk
from tests.district import CASE, District

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
SHIPPED = installation.load({})
Drawing = etree._Element
Files = dict[str, bytes]


def files() -> Files:
    return read_folder(SHIPPED.bpmn, SHIPPED.schemas)


def edited(content: bytes, edit: Callable[[Drawing], None]) -> bytes:
    """A diagram after an edit of its elements."""
    drawing = etree.fromstring(content)
    edit(drawing)
    return etree.tostring(drawing, xml_declaration=True, encoding="UTF-8")


def elements(drawing: Drawing, attribute: str, value: str) -> list[Drawing]:
    """All elements with this attribute's value."""
    return [one for one in drawing.iter() if one.get(attribute) == value]


def element(drawing: Drawing, id_: str) -> Drawing:
    """The one element of this id."""
    (found,) = elements(drawing, "id", id_)
    return found


def put_on_flow(drawing: Drawing, flow: str, task: str, name: str, **properties: str) -> None:
    """Insert a user task on a sequence flow, as the editor's drop on a line does."""
    line = element(drawing, flow)
    holder, target = line.getparent(), element(drawing, line.get("targetRef", ""))
    assert holder is not None
    node = etree.SubElement(holder, f"{{{BPMN}}}userTask", id=task, name=name)
    extension = etree.SubElement(node, f"{{{BPMN}}}extensionElements")
    listed = etree.SubElement(extension, f"{{{SPIFF}}}properties")
    for key, value in properties.items():
        etree.SubElement(listed, f"{{{SPIFF}}}property", name=key, value=value)
    etree.SubElement(node, f"{{{BPMN}}}incoming").text = flow
    etree.SubElement(node, f"{{{BPMN}}}outgoing").text = f"after_{task}"
    line.set("targetRef", task)
    for coming in target.findall(f"{{{BPMN}}}incoming"):
        if coming.text == flow:
            coming.text = f"after_{task}"
    etree.SubElement(
        holder,
        f"{{{BPMN}}}sequenceFlow",
        id=f"after_{task}",
        sourceRef=task,
        targetRef=target.get("id", ""),
    )
    lanes = drawing.iter(f"{{{BPMN}}}lane")
    lane = next(one for one in lanes if target.get("id") in [ref.text for ref in one])
    etree.SubElement(lane, f"{{{BPMN}}}flowNodeRef").text = task


def hearing(drawing: Drawing) -> None:
    """A public hearing between the ex-ante assessment and the approval."""
    put_on_flow(
        drawing,
        "ex_ante_supported",
        "public_hearing",
        "公开听证",
        form="opinion",
        role="performance_officer",
        matter="hearing",
        verbs="approve",
        duty="review",
    )


def expert_opinion(drawing: Drawing) -> None:
    """An expert's look before the final review of the evaluation."""
    put_on_flow(
        drawing,
        "review_agreed",
        "expert_check",
        "专家复核",
        form="opinion",
        role="investment_reviewer",
        verbs="approve",
        duty="review",
    )


def gates_after_targets(drawing: Drawing) -> None:
    """The gates of the declaration move behind the review of the targets."""
    element(drawing, "declaration_approved").set("targetRef", "enter_budget")
    element(drawing, "gates_declaration_to_enter_budget").set("targetRef", "approve_targets")
    element(drawing, "targets_good").set("targetRef", "gates_declaration")
    for node, flow in (
        ("gates_declaration", "targets_good"),
        ("enter_budget", "declaration_approved"),
        ("approve_targets", "gates_declaration_to_enter_budget"),
    ):
        coming = element(drawing, node).findall(f"{{{BPMN}}}incoming")
        coming[0].text = flow


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the shipped diagrams for the process owner to change."""
    return Path(shutil.copytree(SHIPPED.bpmn, tmp_path / "bpmn"))


@pytest.fixture
def changed(copied: Path) -> Path:
    for name, edits in {
        "lifecycle.bpmn": (hearing, gates_after_targets),
        "closure.bpmn": (expert_opinion,),
    }.items():
        for edit in edits:
            (copied / name).write_bytes(edited((copied / name).read_bytes(), edit))
    return copied


# --- the diagram decides


@pytest.mark.slow
def test_the_walk_follows_a_changed_diagram_without_a_change_of_python(
    changed: Path, tmp_path: Path
) -> None:
    settings = installation.load({"BIHUAN_VAR": str(tmp_path / "var")})
    result = walk(replace(settings, bpmn=changed), CASE, tmp_path)
    nodes = [step["node"] for step in result["steps"]]
    assert result["faults"] == []
    assert nodes.count("lifecycle/public_hearing") == 1
    assert nodes.count("closure/expert_check") == 1
    assert nodes.index("lifecycle/public_hearing") < nodes.index("approval/unit_review")
    assert nodes.index("lifecycle/review_targets") < nodes.index("gate/submit_gate")
    assert nodes.index("closure/expert_check") + 1 == nodes.index("closure/finalise_evaluation")


def test_a_process_stops_at_an_inserted_task_and_goes_on_after_it(settled: District) -> None:
    redeploy(settled, "lifecycle", lifecycle=hearing)
    settled.start()
    settled.walk_to("public_hearing")
    assert [one.title for one in settled.tasks()] == ["公开听证"]
    assert settled.step() == "chen"
    assert settled.task().node == "approval/unit_review"


def redeploy(district: District, process: str, **edits: Callable[[Drawing], None]) -> Deployment:
    changed = files()
    for name, edit in edits.items():
        changed[f"{name}.bpmn"] = edited(changed[f"{name}.bpmn"], edit)
    with district.work("admin") as work:
        return deploy(work, process, changed)


# --- versions


def count(district: District) -> tuple[int, int]:
    with district.reading() as session:
        versions = session.scalar(select(func.count()).select_from(Deployment)) or 0
        kept = session.scalar(select(func.count()).select_from(DeploymentFile)) or 0
    return versions, kept


def test_deploying_the_same_twice_is_one_version(settled: District) -> None:
    before = count(settled)
    with settled.work("admin") as work:
        for process in processes_of(files()):
            assert deploy(work, process, files()).version == 1
    assert count(settled) == before


def test_what_a_process_does_not_use_makes_no_new_version(settled: District) -> None:
    assert redeploy(settled, "rectification", closure=expert_opinion).version == 1
    assert redeploy(settled, "lifecycle", closure=expert_opinion).version == 2


def test_a_new_version_does_not_touch_what_runs(district: District) -> None:
    first = district.project
    assert redeploy(district, "lifecycle", lifecycle=hearing).version == 2
    passed = district.walk_to("approval/unit_review")
    assert "lifecycle/public_hearing" not in passed
    district.start(name="第二个")
    assert "lifecycle/public_hearing" in district.walk_to("approval/unit_review")
    with district.reading() as session:
        pinned = session.scalars(select(Instance.deployment_id).order_by(Instance.id)).all()
    assert len(set(pinned)) == 2
    district.project = first
    assert district.task().node == "approval/unit_review"


def test_a_running_instance_keeps_the_forms_it_was_deployed_with(district: District) -> None:
    changed = files()
    changed["forms/declaration.json"] = changed["forms/declaration.json"].replace(
        "项目".encode(), "工程".encode()
    )
    with district.work("admin") as work:
        assert deploy(work, "lifecycle", changed).version == 2
    task = district.task()
    with district.reading() as session:
        instance = session.get_one(Instance, task.instance_id)
        assert form(session, instance.deployment_id, task.form) == files()["forms/declaration.json"]
        newest = latest(session, "lifecycle")
        assert newest is not None
        assert form(session, newest.id, task.form) == changed["forms/declaration.json"]
        with pytest.raises(NotFound):
            form(session, newest.id, "nothing")


def test_a_process_that_was_never_deployed_does_not_start(settled: District) -> None:
    with pytest.raises(NotFound, match="尚未部署"), settled.work() as work:
        start_instance(work, "parade", About("project:1", "", "/1/"), {})


# --- what is refused


def unknown_operation(drawing: Drawing) -> None:
    element(drawing, "reports.issue_closure").set("id", "reports.issue_medal")


def unknown_effect(drawing: Drawing) -> None:
    for one in elements(drawing, "value", "indicators.finalise_year"):
        one.set("value", "indicators.forget_year")


def unknown_form(drawing: Drawing) -> None:
    for one in elements(drawing, "value", "evaluation_review"):
        one.set("value", "poem")


def wrong_condition(drawing: Drawing) -> None:
    for one in element(drawing, "final_agreed"):
        one.text = "outcome === approve ("


def dead_end(drawing: Drawing) -> None:
    element(drawing, "issue_closure_report_to_closure_done").set("targetRef", "nowhere")


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (unknown_operation, "issue_closure_report"),
        (unknown_effect, "finalise_evaluation"),
        (unknown_form, "review_evaluation"),
        (wrong_condition, "final_agreed"),
        (dead_end, None),
    ],
)
def test_a_faulty_diagram_is_refused_by_the_element(
    settled: District, edit: Callable[[Drawing], None], named: str | None
) -> None:
    before = count(settled)
    with pytest.raises(Invalid) as refused:
        redeploy(settled, "closure", closure=edit)
    assert refused.value.element is not None
    if named:
        assert refused.value.element == named
    assert count(settled) == before


@pytest.mark.parametrize("content", [b"", b"<", b"<a/>", b"\xff\xfe", b"plain text"])
def test_what_is_no_diagram_is_refused(settled: District, content: bytes) -> None:
    given: dict[str, Any] = files() | {"closure.bpmn": content}
    with pytest.raises((Invalid, NotFound)), settled.work("admin") as work:
        deploy(work, "closure", given)


def test_a_decision_that_cannot_be_computed_is_refused_by_its_name(settled: District) -> None:
    given = files()
    broken = given["severity.dmn"].replace(b"&gt; 0.10", b"&gt; 0.10 +")
    assert broken != given["severity.dmn"]
    with (
        pytest.raises(Invalid, match=r"severity\.dmn：“severity”无法计算"),
        settled.work("admin") as work,
    ):
        deploy(work, "rectification", given | {"severity.dmn": broken})
