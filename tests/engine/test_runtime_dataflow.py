"""Data objects, data inputs and outputs."""

from __future__ import annotations

import pytest

from engine.errors import Conflict, Invalid
from engine.workflow import runtime
from tests.engine.runtime_drawing import Drawing, condition
from tests.engine.runtime_player import Player
from tests.engine.test_runtime_work import line

OBJECT = (
    '<bpmn:dataObject id="bill"/><bpmn:dataObjectReference id="bill_ref" dataObjectRef="bill"/>'
)


def reads(ref: str = "bill_ref", to: str = "") -> str:
    target = f"<bpmn:targetRef>{to}</bpmn:targetRef>" if to else ""
    return (
        f'<bpmn:dataInputAssociation id="i_{ref}{to}"><bpmn:sourceRef>{ref}</bpmn:sourceRef>'
        f"{target}</bpmn:dataInputAssociation>"
    )


def writes(ref: str = "bill_ref", source: str = "") -> str:
    start = f"<bpmn:sourceRef>{source}</bpmn:sourceRef>" if source else ""
    return (
        f'<bpmn:dataOutputAssociation id="o_{ref}{source}">{start}'
        f"<bpmn:targetRef>{ref}</bpmn:targetRef></bpmn:dataOutputAssociation>"
    )


def branches(one: str, two: str, *, more: str = "") -> Drawing:
    """Two tasks one after another on one branch, two on the other."""
    drawing = Drawing()
    drawing.node("userTask", "write", one, name="write")
    drawing.node("userTask", "read", two, name="read")
    drawing.users("before", "z")
    drawing.node("startEvent", "s")
    drawing.node("parallelGateway", "g")
    drawing.node("parallelGateway", "j")
    drawing.node("endEvent", "e")
    drawing.path("s", "g", "write", "j", "z", "e").path("g", "before", "read", "j")
    return drawing


def test_what_one_branch_writes_another_reads_at_once() -> None:
    drawing = branches(writes(), reads())
    player = Player(drawing.files(process_inner=OBJECT)).do("write", bill=7, n=1).do("before")
    assert player.task("read").data == {"bill": 7}
    assert player.do("read").task("z").data == {"n": 1}
    assert player.do("z").changes.data == {"n": 1, "bill": 7}


def test_a_data_object_without_a_value_is_null() -> None:
    player = Player(branches(writes(), reads()).files(process_inner=OBJECT)).do("before")
    assert player.task("read").data == {"bill": None}


def test_data_that_the_process_begins_with_are_the_first_value() -> None:
    player = Player(branches(writes(), reads()).files(process_inner=OBJECT), {"bill": 1, "x": 2})
    assert player.task("write").data == {"x": 2}
    assert player.do("before").task("read").data == {"x": 2, "bill": 1}


def test_a_task_that_reads_and_writes_changes_the_object() -> None:
    player = Player(branches(reads() + writes(), reads()).files(process_inner=OBJECT), {"bill": 1})
    player.do("write", bill=2).do("before")
    assert player.task("read").data == {"bill": 2}


def test_a_task_may_know_the_object_by_another_name() -> None:
    names = (
        '<bpmn:ioSpecification><bpmn:dataInput id="d_in" name="amount"/>'
        '<bpmn:dataOutput id="d_out" name="answer"/></bpmn:ioSpecification>'
    )
    one = names + reads(to="d_in") + writes(source="d_out")
    player = Player(branches(one, reads()).files(process_inner=OBJECT), {"bill": 1})
    assert player.task("write").data == {"amount": 1}
    player.do("write", answer=5).do("before")
    assert player.task("read").data == {"bill": 5}


def test_gateways_and_conditions_see_data_objects() -> None:
    drawing = line(("userTask", "a", writes()), ("userTask", "b", "")).users("rich", "watch")
    drawing.node("parallelGateway", "g")
    drawing.node("exclusiveGateway", "x")
    drawing.node("intermediateCatchEvent", "wait", condition("bill > 10"))
    drawing.flows = []
    drawing.path("p_s", "g", "a", "x").path("g", "wait", "watch", "p_e")
    drawing.flow("x", "rich", "bill > 5")
    drawing.flow("x", "b", None, True)
    drawing.path("rich", "p_e").path("b", "p_e")
    files = drawing.files(process_inner=OBJECT)
    assert Player(files).do("a", bill=3).open == ["b"]
    assert Player(files).do("a", bill=20).open == ["rich", "watch"]


def test_a_data_object_of_a_sub_process_ends_with_it() -> None:
    inner = line(("userTask", "one", writes()), ("userTask", "two", reads()), key="q")
    drawing = line(("subProcess", "sub", OBJECT + inner.body()), ("userTask", "z", ""))
    player = Player(drawing.files()).do("one", bill=3, n=1)
    assert player.task("two").data == {"n": 1, "bill": 3}
    assert player.do("two").task("z").data == {"n": 1}


def test_an_inner_sub_process_uses_the_object_of_its_process() -> None:
    inner = line(("userTask", "one", writes()), key="q")
    drawing = line(("subProcess", "sub", inner.body()), ("userTask", "z", reads()))
    player = Player(drawing.files(process_inner=OBJECT)).do("one", bill=3)
    assert player.task("z").data == {"bill": 3}


def test_a_copy_of_an_object_does_not_leave_an_interrupted_task() -> None:
    drawing = line(("userTask", "a", reads())).users("late", "free")
    drawing.node("boundaryEvent", "b", condition("stop = true"), attachedToRef="a")
    drawing.node("parallelGateway", "g")
    drawing.flows = []
    drawing.path("p_s", "g", "a", "p_e").path("b", "late", "p_e").path("g", "free", "p_e")
    player = Player(drawing.files(process_inner=OBJECT), {"bill": 1}).do("free", stop=True)
    assert player.task("late").data == {}


@pytest.mark.parametrize(
    "inner",
    [
        reads("store_ref"),
        writes("nowhere"),
        reads().replace(
            "</bpmn:dataInput", "<bpmn:transformation>x</bpmn:transformation></bpmn:dataInput"
        ),
        reads("lost_ref"),
    ],
    ids=["data store", "unknown", "transformed", "object is missing"],
)
def test_an_association_without_full_meaning_is_refused(inner: str) -> None:
    extra = (
        '<bpmn:dataStoreReference id="store_ref"/>'
        '<bpmn:dataObjectReference id="lost_ref" dataObjectRef="lost"/>'
    )
    with pytest.raises(Invalid) as caught:
        runtime.parse("p", line(("userTask", "a", inner)).files(process_inner=OBJECT + extra))
    assert caught.value.element == "a"


# ---- data inputs and outputs


def specified(takes: str = "", gives: str = "") -> str:
    inputs, outputs = takes.split(), gives.split()
    text = "".join(f'<bpmn:dataInput id="i_{n}" name="{n}"/>' for n in inputs)
    text += "".join(f'<bpmn:dataOutput id="o_{n}" name="{n}"/>' for n in outputs)
    for group, prefix, names in (("input", "i", inputs), ("output", "o", outputs)):
        refs = "".join(
            f"<bpmn:data{group.title()}Refs>{prefix}_{n}</bpmn:data{group.title()}Refs>"
            for n in names
        )
        text += f"<bpmn:{group}Set>{refs}</bpmn:{group}Set>"
    return f"<bpmn:ioSpecification>{text}</bpmn:ioSpecification>"


def test_a_task_sees_only_its_inputs_and_gives_only_its_outputs() -> None:
    drawing = line(("userTask", "a", specified("x", "y")), ("userTask", "z", ""))
    player = Player(drawing.files(), {"x": 1, "w": 2})
    assert player.task("a").data == {"x": 1}
    assert player.do("a", y=3, v=4).task("z").data == {"x": 1, "w": 2, "y": 3}


def test_a_missing_input_or_output_is_a_conflict() -> None:
    drawing = line(("userTask", "a", specified("x", "y")), ("userTask", "z", ""))
    with pytest.raises(Conflict, match="x") as caught:
        Player(drawing.files(), {"w": 2})
    assert caught.value.element == "a"
    with pytest.raises(Conflict, match="y"):
        Player(drawing.files(), {"x": 2}).do("a")


def test_a_called_process_takes_and_gives_what_it_specifies() -> None:
    inner = line(("userTask", "in", ""), key="q")
    drawing = line(("userTask", "z", ""))
    drawing.node("callActivity", "call", calledElement="q")
    drawing.flows = []
    drawing.path("p_s", "call", "z", "p_e")
    files = {**drawing.files(), "q.bpmn": inner.xml(process_inner=specified("x", "y"))}
    player = Player(files, {"x": 1, "w": 2})
    assert player.task("in").data == {"x": 1}
    assert player.do("in", y=3, x=9, v=4).task("z").data == {"x": 1, "w": 2, "y": 3}
    with pytest.raises(Conflict, match="x") as caught:
        Player(files, {"w": 2})
    assert caught.value.element == "call"
