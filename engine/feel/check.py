"""What can be said of an expression before it is evaluated: names and calls it cannot know."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from engine.feel.complaints import Complaint
from engine.feel.expression import Expression
from engine.feel.functions.registry import BUILTINS, misfit, suits
from engine.feel.nodes.base import Node
from engine.feel.nodes.calls import Builtin, Call
from engine.feel.nodes.collections import Filter
from engine.feel.nodes.simple import Name


def complaints_of(
    expression: Expression, known: Collection[str] | None = None, near: Collection[str] = ()
) -> Iterator[Complaint]:
    """Calls that can only give null and, when the `known` names are given, other free names.

    Names inside a filter may be entries of the elements and are not judged. `near` are further
    names that a complaint may suggest.
    """
    todo: list[tuple[Node, bool]] = [(expression.node, known is not None)]
    while todo:
        node, judged = todo.pop()
        if isinstance(node, Call):
            yield from _of_call(node, known or ())
            todo += [(part, judged) for part in reversed(node.arguments)]
            if not isinstance(node.callee, Name):
                todo.append((node.callee, judged))
            continue
        if judged and isinstance(node, Name) and node.free and not _is_known(node.name, known):
            yield _unknown("unknown_name", node, {*(known or ()), *near})
        inner = judged and not isinstance(node, Filter)
        todo += [
            (part, judged if isinstance(node, Filter) and part is node.source else inner)
            for part in reversed(list(node.parts()))
        ]


def _is_known(name: str, known: Collection[str] | None) -> bool:
    return name in BUILTINS or name in (known or ())


def _of_call(call: Call, known: Collection[str]) -> Iterator[Complaint]:
    if isinstance(call.callee, Builtin):
        name = call.callee.name
        if not suits(name, len(call.arguments), call.names):
            given = dict.fromkeys(call.names) if call.names else [None] * len(call.arguments)
            yield misfit(name, given).at(call.place)
    elif isinstance(call.callee, Name) and call.callee.free:
        if _is_known(call.callee.name, known):
            return
        yield _unknown("unknown_function", call.callee, {*BUILTINS, *known})


def _unknown(code: str, name: Name, names: Collection[str]) -> Complaint:
    near = get_close_matches(name.name, names, 1, cutoff=0.6)
    if not near:
        return Complaint.of(code, name.place, name=name.name)
    return Complaint.of(f"{code}_near", name.place, name=name.name, near=near[0])
