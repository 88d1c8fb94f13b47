"""Lineages: what is saved of them, how they end, and states that were saved without them."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest

from engine.errors import Conflict
from engine.workflow import runtime
from engine.workflow.runtime.state import LONG
from tests.engine.runtime_drawing import multi
from tests.engine.runtime_player import AT, Player
from tests.engine.test_runtime_moves import block, framed, nested, to_the_end


def document(state: bytes) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(state if state[:1] == b"{" else zlib.decompress(state))
    return read


def without_lineage(state: bytes) -> bytes:
    """The state as it was saved before tokens had a lineage."""
    old = document(state)
    old.pop("undo", None)
    for scope in old["scopes"]:
        scope.pop("visited", None)
        for token in scope["tokens"]:
            del token[5:]
            token[3].pop("lineages", None)
    return json.dumps(old).encode()


def earlier(player: Player) -> Player:
    player.run = runtime.restore(player.definition, without_lineage(player.changes.state))
    return player


def test_a_line_of_tasks_has_no_lineage_to_save() -> None:
    drawing = framed("a", "b").path("p_s", "a", "b", "p_e")
    (scope,) = document(Player(drawing.files()).do("a").changes.state)["scopes"]
    assert scope["visited"] == ["a", "b"]
    assert len(scope["tokens"][0]) == 6
    assert len(scope["tokens"][0][5:]) == 1


def test_after_the_join_nothing_is_left_of_the_split() -> None:
    player = Player(block().files()).do("a").do("b1").do("b2", outcome="on").do("c")
    player.do("b3", outcome="on")
    (scope,) = document(player.changes.state)["scopes"]
    assert scope["visited"] == ["a", "d"]
    assert player.ways_back("d") == ["a"]


def test_an_instance_saved_without_lineages_goes_on_to_its_end() -> None:
    player = earlier(Player(block().files()).do("a").do("b1"))
    assert player.open == ["b2", "c"]
    assert player.ways_back("b2") == []
    to_the_end(earlier(player.do("c")))


def test_the_first_return_of_such_an_instance_leaves_the_other_branch_alone() -> None:
    player = earlier(Player(block().files()).do("a").do("b1")).do("b2", outcome="on")
    assert player.ways_back("b3") == []
    player.move("b3", "b1")
    assert player.open == ["b1", "c"]
    player.do("b1")
    assert "a" not in player.ways_back("b2")
    assert player.back("b2", "b1", outcome="b1").open == ["b1", "c"]
    with pytest.raises(Conflict):
        player.move("b1", "a")
    to_the_end(player)


def test_what_waits_at_a_join_of_such_an_instance_is_united_with_the_rest() -> None:
    player = earlier(Player(nested().files()).do("a").do("b").do("x"))
    assert player.open == ["c", "y"]
    player.do("c").do("y", outcome="on")
    assert player.open == ["d"]
    to_the_end(player)


def test_the_signers_of_such_an_instance_are_one_branch() -> None:
    drawing = framed("a", "z").path("p_s", "a")
    drawing.node("userTask", "sign", multi("list", "who"))
    drawing.path("a", "sign", "z", "p_e")
    player = earlier(Player(drawing.files(), {"list": [1, 2]}).do("a"))
    assert player.move("sign", "a").open == ["a"]
    to_the_end(player)


def test_the_state_of_ten_splits_one_after_another_stays_small() -> None:
    drawing = framed("z")
    last = "p_s"
    for n in range(10):
        drawing.users(f"a{n}", f"b{n}", f"c{n}")
        drawing.node("parallelGateway", f"s{n}")
        drawing.node("parallelGateway", f"j{n}")
        for task in (f"a{n}", f"b{n}", f"c{n}"):
            drawing.path(f"s{n}", task, f"j{n}")
        drawing.flow(last, f"s{n}")
        last = f"j{n}"
    player = Player(drawing.path(last, "z", "p_e").files())
    sizes = []
    for n in range(10):
        sizes.append(len(player.changes.state))
        player.do(f"a{n}").do(f"b{n}").do(f"c{n}")
    assert max(sizes) < min(sizes) + 60 < LONG
    assert player.do("z").changes.finished
    assert player.changes.passed[-1].at == AT
