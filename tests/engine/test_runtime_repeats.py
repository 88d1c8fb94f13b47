"""Standard loops, transactions and ad-hoc sub-processes."""

from __future__ import annotations

import pytest

from engine.errors import Invalid
from engine.workflow import runtime
from tests.engine.runtime_drawing import Drawing, condition
from tests.engine.runtime_player import Player
from tests.engine.test_runtime_work import called, line


def again(condition: str = "", *, before: bool = False, most: int | None = None) -> str:
    most_text = f' loopMaximum="{most}"' if most is not None else ""
    inner = f"<bpmn:loopCondition>{condition}</bpmn:loopCondition>" if condition else ""
    return (
        f'<bpmn:standardLoopCharacteristics testBefore="{str(before).lower()}"{most_text}>'
        f"{inner}</bpmn:standardLoopCharacteristics>"
    )


def looping(loop: str) -> dict[str, bytes]:
    return line(("userTask", "a", loop), ("userTask", "z", "")).files()


def test_a_loop_goes_on_while_its_condition_holds() -> None:
    player = Player(looping(again("ok != true")))
    assert player.do("a", ok=False).do("a", n=2).open == ["a"]
    assert player.do("a", ok=True).open == ["z"]
    assert player.task("z").data == {"ok": True, "n": 2}


@pytest.mark.parametrize("before", [True, False])
def test_the_condition_is_asked_before_the_first_round_or_after_it(before: bool) -> None:
    player = Player(looping(again("ok != true", before=before)), {"ok": True})
    assert player.open == (["z"] if before else ["a"])


@pytest.mark.parametrize("most", [0, 1, 3])
def test_a_loop_has_at_most_so_many_rounds(most: int) -> None:
    player = Player(looping(again(most=most)))
    for n in range(most):
        assert player.task("a").data == {"loopCounter": n + 1}
        player.do("a")
    assert player.open == ["z"]


def test_the_condition_may_count_the_rounds() -> None:
    player = Player(looping(again("loopCounter &lt; 3", before=True)))
    assert player.do("a").do("a").do("a").open == ["z"]


def test_a_loop_over_a_sub_process_and_a_called_process() -> None:
    inner = line(("userTask", "in", ""), key="q").body()
    drawing = line(("subProcess", "sub", again(most=2) + inner), ("userTask", "z", ""))
    assert Player(drawing.files()).do("in").do("in").open == ["z"]
    drawing = line(("userTask", "z", ""))
    drawing.node("callActivity", "call", again(most=2), calledElement="q")
    drawing.flows = []
    drawing.path("p_s", "call", "z", "p_e")
    assert Player({**drawing.files(), **called("in")}).do("in").do("in").open == ["z"]


def test_an_event_on_the_border_ends_the_loop() -> None:
    drawing = line(("userTask", "a", again("true")), ("userTask", "z", "")).users("late")
    drawing.node("boundaryEvent", "b", condition("enough = true"), attachedToRef="a")
    drawing.path("b", "late", "p_e")
    player = Player(drawing.files()).do("a").do("a").do("a", enough=True)
    assert player.open == ["late"]


def test_five_thousand_rounds_keep_the_state_small() -> None:
    definition = runtime.parse("p", looping(again("true")))
    player = Player(definition, {"text": "x" * 100})
    run, size = player.run, 0
    for _ in range(5000):
        changes = run.complete(run.open_tasks()[0].id, {"n": 1}, at=player.at)
        size = max(size, len(changes.state))
    assert size < 600


def test_a_return_out_of_a_loop_ends_it() -> None:
    router = Drawing().users("first")
    router.node("userTask", "a", again("true"), name="a")
    router.node("startEvent", "s")
    router.node("exclusiveGateway", "g")
    router.node("endEvent", "e")
    router.path("s", "first", "a", "g")
    router.flow("g", "first", 'verb = "return"')
    router.flow("g", "e", None, True)
    player = Player(router.files()).do("first").do("a")
    task = player.task("a").id
    changes = player.run.complete(task, {"verb": "return"}, at=player.at, back_to="p/first")
    assert [opened.node.id for opened in changes.opened] == ["first"]


# ---- transactions

CANCEL = "<bpmn:cancelEventDefinition/>"


def transaction(loop: str = "") -> dict[str, bytes]:
    inner = Drawing("q").users("pay", "ship")
    inner.node("startEvent", "q_s")
    inner.node("parallelGateway", "q_g")
    inner.node("exclusiveGateway", "q_x")
    inner.node("endEvent", "q_cancel", CANCEL)
    inner.node("endEvent", "q_e")
    inner.node("endEvent", "q_e2")
    inner.path("q_s", "q_g", "pay", "q_x").path("q_g", "ship", "q_e2")
    inner.flow("q_x", "q_cancel", "no = true")
    inner.flow("q_x", "q_e", None, True)
    drawing = Drawing().users("z", "late")
    drawing.node("startEvent", "s")
    drawing.node("transaction", "buy", loop + inner.body())
    drawing.node("boundaryEvent", "b", CANCEL, attachedToRef="buy")
    drawing.node("endEvent", "e")
    return drawing.path("s", "buy", "z", "e").path("b", "late", "e").files()


def test_a_transaction_that_is_not_cancelled_is_a_sub_process() -> None:
    assert Player(transaction()).do("pay").do("ship").open == ["z"]


def test_a_cancelled_transaction_withdraws_its_work_and_goes_on_at_its_border() -> None:
    player = Player(transaction())
    ship = player.task("ship").id
    assert player.do("pay", no=True).open == ["late"]
    assert (ship, "withdrawn") in [(c.id, c.reason) for c in player.changes.closed]
    assert player.task("late").data == {"no": True}
    assert player.do("late").changes.finished


def test_cancelling_one_round_cancels_the_whole_loop() -> None:
    player = Player(transaction(again(most=3))).do("pay").do("ship")
    assert player.open == ["pay", "ship"]
    assert player.do("pay", no=True).open == ["late"]


@pytest.mark.parametrize("where", ["outside", "uncaught", "no cancel inside", "beside"])
def test_cancelling_needs_a_transaction_and_somebody_who_catches_it(where: str) -> None:
    inner = line(("userTask", "in", ""), key="q")
    if where in {"outside", "uncaught", "beside"}:
        inner.nodes[-1] = ("endEvent", "q_e", CANCEL, {})
    drawing = line(("subProcess" if where == "outside" else "transaction", "t", inner.body()))
    if where != "uncaught":
        beside = {"cancelActivity": "false"} if where == "beside" else {}
        drawing.node("boundaryEvent", "b", CANCEL, attachedToRef="t", **beside)
        drawing.path("b", "p_e")
    with pytest.raises(Invalid) as caught:
        runtime.parse("p", drawing.files())
    assert caught.value.element in {"b", "q_e"}


# ---- ad-hoc


def ad_hoc(condition: str = "", **attributes: str) -> dict[str, bytes]:
    inner = Drawing("q").users("one", "two", "then")
    inner.path("two", "then")
    text = f"<bpmn:completionCondition>{condition}</bpmn:completionCondition>" if condition else ""
    drawing = Drawing().users("z")
    drawing.node("startEvent", "s")
    drawing.node("adHocSubProcess", "any", inner.body() + text, **attributes)
    drawing.node("endEvent", "e")
    return drawing.path("s", "any", "z", "e").files()


def test_what_nothing_leads_to_is_open_at_once_and_all_is_done_at_the_end() -> None:
    player = Player(ad_hoc())
    assert player.open == ["one", "two"]
    assert player.do("two").open == ["one", "then"]
    assert player.do("one", a=1).do("then", b=2).open == ["z"]
    assert player.task("z").data == {"a": 1, "b": 2}


def test_when_it_is_enough_the_rest_is_withdrawn() -> None:
    player = Player(ad_hoc("ok = true")).do("two", n=1)
    assert player.do("one", ok=True).open == ["z"]
    assert player.task("z").data == {"n": 1, "ok": True}


def test_the_rest_may_be_kept() -> None:
    player = Player(ad_hoc("ok = true", cancelRemainingInstances="false"))
    assert player.do("one", ok=True).open == ["two"]


def test_ad_hoc_activities_are_branches_of_their_own() -> None:
    player = Player(ad_hoc())
    assert "two" not in {place.node for place in player.run.ways_back(player.task("one").id)}


@pytest.mark.parametrize("kind", ["startEvent", "endEvent"])
def test_an_ad_hoc_sub_process_has_neither_start_nor_end(kind: str) -> None:
    drawing = line(("adHocSubProcess", "any", f'<bpmn:{kind} id="x"/><bpmn:userTask id="t"/>'))
    with pytest.raises(Invalid) as caught:
        runtime.parse("p", drawing.files())
    assert caught.value.element == "x"
