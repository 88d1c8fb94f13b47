"""An instance as bytes and back: versioned, canonical JSON, compressed when it is long.

A value that several tokens share is written once: the cells lie in a pool, and a token names those
in which it differs from its scope's first facts.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.errors import Conflict

from . import values
from .definition import Definition
from .facts import Cell, Facts
from .scopes import InnerScope, Instance, Scope
from .tokens import Token

VERSION = 1
_STATES = {"r": TaskState.READY, "w": TaskState.WAITING, "s": TaskState.STARTED}
_LETTERS = {state: letter for letter, state in _STATES.items()}
LONG = 4096


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
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    data = text.encode()
    return data if len(data) <= LONG else zlib.compress(data, 6)


def load(definition: Definition, data: bytes) -> Instance:
    """The instance that was saved; raises `Conflict` when it was saved of another process."""
    text = data if data[:1] == b"{" else zlib.decompress(data)
    document = json.loads(text)
    if document["v"] != VERSION:
        raise Conflict(f"流程状态的版本 {document['v']} 不能读取。")
    if document["key"] != definition.key:
        raise Conflict(f"流程状态属于“{document['key']}”，不属于“{definition.key}”。")
    pool = {
        name: {step: (int(step), values.decode(value)) for step, value in cells.items()}
        for name, cells in document["pool"].items()
    }
    instance = Instance(definition.specs[definition.key], definition.specs)
    first, *inner = document["scopes"]
    _load_scope(instance, first, pool)
    for saved in inner:
        owner = instance.token(saved["owner"])
        assert owner is not None
        scope = instance.open_scope(owner, definition.specs[saved["spec"]])
        scope.local = saved["local"]
        _load_scope(scope, saved, pool)
    instance.seq = document["seq"]
    instance.error = document["error"]
    if document["done"]:
        instance.finish()
    return instance


def _save_scope(scope: Scope, pool: dict[str, dict[str, Any]]) -> dict[str, Any]:
    tokens = sorted(scope.tasks.values(), key=lambda token: int(token.id))
    base = tokens[0].facts if tokens else scope.ended
    saved: dict[str, Any] = {
        "spec": scope.spec.name,
        "base": {name: cell[0] for name, cell in base.cells.items()},
        "ended": _difference(scope.ended, base, pool),
        "tokens": [_save_token(token, base, pool) for token in tokens],
    }
    _keep(base.cells, pool)
    if isinstance(scope, InnerScope):
        assert scope.owner is not None
        saved["owner"] = scope.owner.id
        saved["local"] = sorted(scope.local)
    return saved


def _save_token(token: Token, base: Facts, pool: dict[str, dict[str, Any]]) -> list[Any]:
    difference = _difference(token.facts, base, pool)
    state = _LETTERS[token._state]
    return [token.id, token.task_spec.name, state, values.encode(token.info), difference]


def _difference(facts: Facts, base: Facts, pool: dict[str, dict[str, Any]]) -> list[Any]:
    changed = {
        name: cell for name, cell in facts.cells.items()
        if name not in base.cells or base.cells[name][0] != cell[0]
    }  # fmt: skip
    _keep(changed, pool)
    gone = sorted(name for name in base.cells if name not in facts.cells)
    return [{name: cell[0] for name, cell in changed.items()}, gone]


def _keep(cells: Mapping[str, Cell], pool: dict[str, dict[str, Any]]) -> None:
    for name, (step, value) in cells.items():
        kept = pool.setdefault(name, {})
        if str(step) not in kept:
            kept[str(step)] = values.encode(value)


_Pool = Mapping[str, Mapping[str, Cell]]


def _load_scope(scope: Scope, saved: Mapping[str, Any], pool: _Pool) -> None:
    base = Facts({name: pool[name][str(step)] for name, step in saved["base"].items()})
    scope.ended = _facts(saved["ended"], base, pool)
    for id_, name, state, info, difference in saved["tokens"]:
        token = Token(
            scope, scope.spec.task_specs[name], id_=id_,
            facts=_facts(difference, base, pool), state=_STATES[state],
        )  # fmt: skip
        token.info.update(values.decode(info))
        if "arrived" in token.info:
            scope.joins[name] = token


def _facts(difference: list[Any], base: Facts, pool: _Pool) -> Facts:
    changed, gone = difference
    if not changed and not gone:
        return base
    cells = {name: cell for name, cell in base.cells.items() if name not in gone}
    cells.update((name, pool[name][str(step)]) for name, step in changed.items())
    return Facts(cells)
