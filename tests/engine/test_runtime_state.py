"""The state: exact, canonical, and as long as what is open, not as what has happened."""

from __future__ import annotations

import zlib
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine.errors import Conflict, Invalid
from engine.workflow import runtime
from engine.workflow.runtime import values
from tests.engine.runtime_drawing import Drawing, multi, service, timer
from tests.engine.runtime_player import AT, Player

DATA: dict[str, Any] = {
    "amount": Decimal("1200.50"),
    "tiny": Decimal("0.000000000000000000000000000000001"),
    "count": 3,
    "long": [2**70, -(2**63) - 1],
    "ratio": 0.1,
    "ok": True,
    "nothing": None,
    "name": "项目“甲”",
    "day": date(2026, 2, 28),
    "moment": datetime(2026, 2, 28, 8, 30, tzinfo=UTC),
    "clock": time(8, 30),
    "span": timedelta(days=2, microseconds=5),
    "rows": [{"a": Decimal("1.0")}, {"$": "a name like our tag"}, []],
}


def rework() -> Drawing:
    """A 3-way split and join, a sub-process and a boundary timer, in a loop."""
    inner = Drawing("q").users("in_sub")
    inner.node("startEvent", "q_s")
    inner.node("endEvent", "q_e")
    inner.path("q_s", "in_sub", "q_e")
    drawing = Drawing().users("a", "b", "c", "decide", "late")
    drawing.node("startEvent", "s")
    drawing.node("exclusiveGateway", "head")
    drawing.node("parallelGateway", "split")
    drawing.node("parallelGateway", "join")
    drawing.node("subProcess", "sub", inner.body())
    drawing.node("exclusiveGateway", "again")
    drawing.node("boundaryEvent", "t", timer("timeDuration", "P1D"), attachedToRef="a")
    drawing.node("endEvent", "e")
    drawing.path("s", "head", "split", "a", "join", "sub", "decide", "again")
    drawing.path("split", "b", "join").path("split", "c", "join").path("t", "late", "e")
    drawing.flow("again", "head", None, True)
    drawing.flow("again", "e", "over = true")
    return drawing


def test_every_kind_of_value_comes_back_exactly() -> None:
    player = Player(rework().files(), DATA)
    back = player.task("a").data
    assert back == DATA
    assert {name: type(back[name]) for name in DATA} == {n: type(v) for n, v in DATA.items()}
    assert str(back["amount"]) == "1200.50"


def test_encoding_is_the_inverse_of_decoding() -> None:
    assert values.decode(values.encode(values.clean(DATA))) == DATA


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), {1: 2}, {"s": {1, 2}}, object(), b"x"]
)
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(Invalid):
        Player(rework().files(), {"x": value})


def test_a_loop_of_two_thousand_rounds_does_not_grow_the_state() -> None:
    definition = runtime.parse("p", rework().files())
    run, changes = runtime.start(definition, {"n": 10_000}, at=AT)
    sizes = set()
    for number in range(2000):
        for node in ("b", "a", "c", "in_sub", "decide"):
            task = next(t for t in run.open_tasks() if t.node.id == node)
            changes = run.complete(task.id, {"n": 10_000 + number % 7}, at=AT)
        sizes.add(len(changes.state) - 12 * (len(str(run._instance.seq)) - 5))
        if number % 500 == 0:
            run = runtime.restore(definition, changes.state)
    assert max(sizes) < 800
    assert max(sizes) - min(sizes) < 40


def test_twenty_splits_of_ten_cost_nothing_in_advance() -> None:
    drawing = Drawing()
    last = drawing.node("startEvent", "s")
    for n in range(20):
        split = drawing.node("parallelGateway", f"split{n}")
        join = drawing.node("parallelGateway", f"join{n}")
        drawing.path(last, split)
        for m in range(10):
            drawing.users(f"t{n}_{m}").path(split, f"t{n}_{m}", join)
        last = join
    drawing.node("endEvent", "e")
    player = Player(drawing.path(last, "e").files())
    assert len(player.open) == 10
    assert len(player.changes.state) < 1000


def test_a_thousand_parallel_instances_share_their_data() -> None:
    drawing = Drawing()
    drawing.node("startEvent", "s")
    drawing.node("userTask", "a", multi("list", "item"), name="a")
    drawing.node("endEvent", "e")
    data = {"list": [{"n": n, "text": "x" * 50} for n in range(300)], "more": "y" * 5000}
    player = Player(drawing.path("s", "a", "e").files(), data)
    assert len(player.open) == 300
    assert len(player.changes.state) < 20_000


def test_large_items_are_in_the_state_once_each_whatever_is_done_with_them() -> None:
    rows = [{"name": f"n{n}", "text": str(n * 7919) * 8} for n in range(60)]
    sizes = []
    for count in (20, 40):
        drawing = Drawing()
        drawing.node("startEvent", "s")
        drawing.node("userTask", "a", multi("list", "item"), name="a")
        drawing.node("endEvent", "e")
        data = {"list": [{"n": n, "rows": rows} for n in range(count)]}
        player = Player(drawing.path("s", "a", "e").files(), data)
        begun = len(zlib.decompress(player.changes.state))
        player.do("a").do("a", 5)
        assert len(zlib.decompress(player.changes.state)) <= begun
        assert player.task("a", 1).data["item"] == {"n": 2, "rows": rows}
        sizes.append(begun)
    assert sizes[1] < 2.2 * sizes[0]


def test_a_value_is_copied_only_when_it_is_asked_for() -> None:
    player = Player(rework().files(), {"rows": [{"n": 1}], "x": 2})
    data = player.task("a").data
    data["rows"].append("mine")
    assert dict(data)["rows"] == [{"n": 1}, "mine"]
    assert player.task("a").data == {"rows": [{"n": 1}], "x": 2}


def test_a_chain_of_a_thousand_nodes_runs() -> None:
    drawing = Drawing().users("a")
    drawing.node("startEvent", "s")
    ids = [drawing.node("exclusiveGateway", f"x{n}") for n in range(1000)]
    drawing.node("endEvent", "e")
    player = Player(drawing.path("s", *ids, "a", "e").files())
    assert player.open == ["a"]
    assert len(player.history) == 1001


def test_a_long_state_is_compressed_and_comes_back() -> None:
    player = Player(rework().files(), {"text": "长" * 9000})
    assert len(player.changes.state) < 4096
    assert player.do("a").do("b").do("c").task("in_sub").data == {"text": "长" * 9000}


def test_a_short_state_is_json_with_a_version() -> None:
    assert b'"v":1' in Player(rework().files()).changes.state


def test_a_state_of_another_process_is_refused() -> None:
    other = Drawing("other").users("a")
    other.node("startEvent", "s")
    other.node("endEvent", "e")
    definition = runtime.parse("other", other.path("s", "a", "e").files())
    with pytest.raises(Conflict):
        runtime.restore(definition, Player(rework().files()).changes.state)


def test_a_state_of_another_version_is_refused() -> None:
    player = Player(rework().files())
    with pytest.raises(Conflict):
        runtime.restore(player.definition, player.changes.state.replace(b'"v":1', b'"v":9'))


def test_data_nested_without_end_are_refused() -> None:
    deep: list[object] = []
    for _ in range(2000):
        deep = [deep]
    with pytest.raises(Invalid):
        Player(rework().files(), {"deep": deep})


def test_a_state_that_an_earlier_release_saved_goes_on() -> None:
    state = (
        b'{"done":false,"error":null,"key":"p","pool":{"x":{"1":{"$":"decimal","v":"1.50"}}},'
        b'"scopes":[{"base":{"x":1},"ended":[{},["x"]],"spec":"p","tokens":['
        b'["8","a","r",{"guarded":["9"]},[{},[]]],'
        b'["9","t","w",{"count":0,"due":{"$":"datetime","v":"2026-01-06T09:00:00+00:00"},"every":"",'
        b'"guards":"8","left":0,"listens":true,"start":null},[{},[]]],'
        b'["11","c","r",{},[{},[]]],'
        b'["13","join","w",{"arrived":{"p_f8":1}},[{},[]]]]}],"seq":14,"v":1}'
    )
    definition = runtime.parse("p", rework().files())
    run = runtime.restore(definition, state)
    assert [task.node.id for task in run.open_tasks()] == ["a", "c"]
    assert run.open_tasks()[0].data == {"x": Decimal("1.50")}
    assert run.next_due() == datetime(2026, 1, 6, 9, tzinfo=UTC)
    run.complete("8", {}, at=AT)
    changes = run.complete("11", {}, at=AT)
    assert [task.node.id for task in changes.opened] == ["in_sub"]


def test_an_instance_goes_on_in_a_newer_version_that_still_has_its_nodes() -> None:
    newer = rework().users("extra")
    newer.path("late", "extra")
    newer.flows = [f for f in newer.flows if f[1:3] != ("late", "e")]
    newer.path("extra", "e")
    state = Player(rework().files()).do("b").changes.state
    run = runtime.restore(runtime.parse("p", newer.files()), state)
    changes = run.fire_due(at=AT + timedelta(days=1))
    assert [task.node.id for task in changes.opened] == ["late"]


@pytest.mark.parametrize(("old", "new"), [("a", "renamed"), ("a", "service"), ("join", "renamed")])
def test_an_instance_does_not_go_on_where_its_node_is_gone_or_another(old: str, new: str) -> None:
    newer = rework()
    if new == "service":
        kept = [node for node in newer.nodes if node[1] != old]
        newer.nodes = [("serviceTask", old, service("a.b"), {}), *kept]
    else:
        xml = newer.xml().replace(f'"{old}"'.encode(), f'"{new}"'.encode())
    files = newer.files() if new == "service" else {"p.bpmn": xml}
    state = Player(rework().files()).do("b").changes.state
    with pytest.raises(Conflict) as caught:
        runtime.restore(runtime.parse("p", files), state)
    assert caught.value.element == old


@pytest.mark.parametrize("state", [b"", b"{", b"nonsense", b"x" * 5000])
def test_a_damaged_state_is_a_conflict(state: bytes) -> None:
    with pytest.raises(Conflict):
        runtime.restore(runtime.parse("p", rework().files()), state)
