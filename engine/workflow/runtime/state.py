"""An instance as bytes and back: versioned, canonical JSON, compressed when it is long.

A value that several tokens share is written once: the cells lie in a pool, and a token names those
in which it differs from its scope's first facts.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import orjson
from SpiffWorkflow.util.task import TaskState

from engine.errors import Conflict

from . import values
from .activities import Inside, Loop, Service
from .definition import Definition
from .events import Boundary, Waiting
from .facts import Cell, Facts
from .gateways import Joining
from .lineage import adopt, flat, unflat
from .scopes import InnerScope, Instance, Scope
from .steps import Step
from .timers import Calendar
from .tokens import Token

VERSION = 1
_STATES = {"r": TaskState.READY, "w": TaskState.WAITING, "s": TaskState.STARTED}
_LETTERS = {state: letter for letter, state in _STATES.items()}
LONG, HUGE = 4096, 262_144


def save(instance: Instance) -> bytes:
    """The whole state."""
    pool: dict[str, dict[str, Any]] = {}
    document = {
        "v": VERSION,
        "key": instance.spec.name,
        "seq": instance.seq,
        "done": instance.completed,
        "error": instance.error,
        "scopes": [_save_scope(scope, pool) for scope in instance.scopes()],
        "pool": pool,
    }
    if instance.undo:
        document["undo"] = [[origin, *place] for origin, place in instance.undo.items()]
    data = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    return data if len(data) <= LONG else zlib.compress(data, 6 if len(data) < HUGE else 1)


def load(definition: Definition, data: bytes, calendar: Calendar | None = None) -> Instance:
    """The instance that was saved.

    It may have been saved under another version of the process. Raises `Conflict`, naming the
    element, when this version has no place for one of its tokens.
    """
    document = _read(data)
    if document["v"] != VERSION:
        raise Conflict("流程状态的版本 {version} 不能读取。", version=document["v"])
    if document["key"] != definition.key:
        raise Conflict(
            "流程状态属于“{key}”，不属于“{other}”。",
            key=document["key"],
            other=definition.key,
        )
    pool = {
        name: {step: Cell(int(step), saved=value) for step, value in cells.items()}
        for name, cells in document["pool"].items()
    }
    instance = Instance(definition.specs[definition.key], definition.specs)
    instance.calendar = calendar
    first, *inner = document["scopes"]
    _load_scope(instance, first, pool)
    for saved in inner:
        owner = instance.token(saved["owner"])
        assert owner is not None
        spec = definition.specs.get(saved["spec"])
        if spec is None or getattr(owner.task_spec, "inner", None) != saved["spec"]:
            raise _no_place(owner.task_spec.name)
        scope = instance.open_scope(owner, spec)
        scope.local = saved["local"]
        _load_scope(scope, saved, pool)
    instance.seq = document["seq"]
    instance.error = document["error"]
    instance.undo = {origin: (scope, node) for origin, scope, node in document.get("undo", ())}
    adopt(instance)
    if document["done"]:
        instance.finish()
    return instance


def _read(data: bytes) -> dict[str, Any]:
    try:
        text = data if data[:1] == b"{" else zlib.decompress(data)
        document: dict[str, Any] = orjson.loads(text)
    except (zlib.error, ValueError) as error:
        raise Conflict("流程状态已损坏，不能读取。") from error
    return document


def _save_scope(scope: Scope, pool: dict[str, dict[str, Any]]) -> dict[str, Any]:
    tokens = sorted(scope.tasks.values(), key=lambda token: int(token.id))
    base = tokens[0].facts if tokens else scope.ended
    saved: dict[str, Any] = {
        "spec": scope.spec.name,
        "base": {name: cell.step for name, cell in base.cells.items()},
        "ended": _difference(scope.ended, base, pool),
        "tokens": [_save_token(token, base, pool) for token in tokens],
    }
    _keep(base.cells, pool)
    if scope.visited:
        saved["visited"] = [
            [node, *flat(lineage)] if lineage else node for node, lineage in scope.visited.items()
        ]
    if scope.correlations:
        saved["correlations"] = values.encode(scope.correlations)
    if scope.objects:
        _keep(scope.objects, pool)
        saved["objects"] = {name: cell.step for name, cell in scope.objects.items()}
    if isinstance(scope, InnerScope):
        assert scope.owner is not None
        saved["owner"] = scope.owner.id
        saved["local"] = sorted(scope.local)
    return saved


def _save_token(token: Token, base: Facts, pool: dict[str, dict[str, Any]]) -> list[Any]:
    difference = _difference(token.facts, base, pool)
    state = _LETTERS[token._state]
    info = values.encode(token.info) if token.info else {}
    saved = [token.id, token.task_spec.name, state, info, difference]
    if token.lineage or token.origin is not None:
        saved += [token.origin, *flat(token.lineage)]
    return saved


def _difference(facts: Facts, base: Facts, pool: dict[str, dict[str, Any]]) -> list[Any]:
    changed = {
        name: cell for name, cell in facts.cells.items()
        if name not in base.cells or base.cells[name].step != cell.step
    }  # fmt: skip
    _keep(changed, pool)
    gone = sorted(name for name in base.cells if name not in facts.cells)
    return [{name: cell.step for name, cell in changed.items()}, gone]


def _keep(cells: Mapping[str, Cell], pool: dict[str, dict[str, Any]]) -> None:
    for name, cell in cells.items():
        kept = pool.setdefault(name, {})
        if str(cell.step) not in kept:
            kept[str(cell.step)] = cell.saved


_Pool = Mapping[str, Mapping[str, Cell]]


def _load_scope(scope: Scope, saved: Mapping[str, Any], pool: _Pool) -> None:
    base = Facts({name: pool[name][str(step)] for name, step in saved["base"].items()})
    scope.ended = _facts(saved["ended"], base, pool)
    for entry in saved.get("visited", ()):
        if isinstance(entry, str):
            scope.visited[entry] = ()
        else:
            scope.visited[entry[0]] = unflat(entry[1:])
    scope.correlations = values.decode(saved.get("correlations", {}))
    objects = saved.get("objects", {})
    scope.objects = {name: pool[name][str(step)] for name, step in objects.items()}
    for id_, name, state, info, difference, *came in saved["tokens"]:
        spec = scope.spec.task_specs.get(name)
        remembered = values.decode(info)
        if not isinstance(spec, Step) or not _fits(spec, state, remembered):
            raise _no_place(name)
        facts = _facts(difference, base, pool)
        token = Token(scope, spec, id_=id_, facts=facts, state=_STATES[state])
        token.info.update(remembered)
        if came:
            token.origin, token.lineage = came[0], unflat(came[1:])
        if "arrived" in token.info:
            scope.joins[name] = token


def _fits(spec: Step, state: str, info: Mapping[str, Any]) -> bool:
    """Whether a token can be in a state at a node, as this version draws the node."""
    if state == "r":
        return spec.manual
    if state == "s":
        return isinstance(spec, (Inside, Loop, Service))
    if isinstance(spec, Joining):
        return {flow.id for flow in spec.arrivals}.issuperset(info.get("arrived", ()))
    return isinstance(spec, Waiting) and isinstance(spec, Boundary) is ("guards" in info)


def _no_place(name: str) -> Conflict:
    node = name.removesuffix(" [child]")
    return Conflict("这一版流程中没有办法接续节点“{node}”。", node=node, element=node)


def _facts(difference: list[Any], base: Facts, pool: _Pool) -> Facts:
    changed, gone = difference
    if not changed and not gone:
        return base
    cells = {name: cell for name, cell in base.cells.items() if name not in gone}
    cells.update((name, pool[name][str(step)]) for name, step in changed.items())
    return Facts(cells)
