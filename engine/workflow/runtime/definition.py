"""A process ready to run: parsed once, shared by all its instances and by threads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from engine.errors import Invalid, NotFound
from engine.sentences import Sentence

from .build import build
from .diagram import NS, Diagram, Scope, read
from .expressions import decisions
from .model import Node
from .places import Sources, key_of, node_of, plain_start
from .refusals import refuse
from .triggers import read_triggers


class Definition:
    """A process and all it may call. Nothing in it changes after parsing.

    `nodes` maps `"process_id/node_id"` to nodes, over the process and all that it calls.
    `messages` are the names of the messages that can start it.
    """

    def __init__(
        self,
        key: str,
        name: str,
        specs: Mapping[str, Any],
        nodes: Mapping[str, Node],
        starts: Mapping[str | None, str],
    ) -> None:
        self.key = key
        self.name = name
        self.nodes = MappingProxyType(dict(nodes))
        self.starts = MappingProxyType(dict(starts))
        self.specs = MappingProxyType(dict(specs))

    @property
    def messages(self) -> tuple[str, ...]:
        """The names of the messages that can start the process."""
        return tuple(name for name in self.starts if name is not None)

    def node(self, process: str, id_: str) -> Node:
        """A node by its process and its id; raises `NotFound`."""
        try:
            return self.nodes[f"{process}/{id_}"]
        except KeyError as error:
            raise NotFound(
                "流程“{process}”中没有节点“{node}”。", process=process, node=id_, element=id_
            ) from error

    def ahead(self, key: str) -> frozenset[str]:
        """What lies before a node in its own scope, by lines that no return takes; all as keys."""
        steps = next(s.task_specs for s in self.specs.values() if key in _keys(s.task_specs))
        found: set[str] = set()
        todo = [key.rpartition("/")[2]]
        while todo:
            for flow in steps[todo.pop()].flows:
                if flow.target not in found and not flow.returns:
                    found.add(flow.target)
                    todo.append(flow.target)
        return frozenset(f"{steps[id_].node.process}/{id_}" for id_ in found)

    def within(self, key: str) -> Iterator[Node]:
        """The node, and whatever is in the sub-process or process that it stands for."""
        found, todo = {key}, [key]
        while todo:
            one = todo.pop()
            yield self.nodes[one]
            for spec in self.specs.values():
                inner = getattr(spec.task_specs.get(one.rpartition("/")[2]), "inner", None)
                if inner is not None and one in _keys(spec.task_specs):
                    fresh = _keys(self.specs[inner].task_specs) - found
                    found |= fresh
                    todo.extend(fresh)

    def start_event(self, message: str | None) -> str:
        """The start event for a message, or the one without a trigger; raises `NotFound`."""
        try:
            return self.starts[message]
        except KeyError as error:
            what = (
                Sentence("不能由消息“{name}”启动", name=message)
                if message
                else Sentence("只能由消息启动")
            )
            raise NotFound("流程“{name}”{what}。", name=self.name, what=what) from error


def parse(process: str, files: Mapping[str, bytes]) -> Definition:
    """Read a process from files (name to content of `.bpmn` and `.dmn`).

    Call activities and decisions are found over all files. Pools and message flows are drawing
    only: what a process sends and receives is written at its events, by the names of messages.
    Raises `Invalid`, naming the element, for whatever is malformed or not supported; `NotFound`
    when no file holds the process.
    """
    sources = _read(files)
    if process not in sources.diagrams:
        raise NotFound("没有名为“{process}”的流程。", process=process, element=process)
    found = [
        (scope, sources.diagrams[id_])
        for id_ in _called_from(process, sources.diagrams)
        for scope in sources.diagrams[id_].scopes.values()
        if scope.process == id_
    ]
    for scope, _ in found:
        refuse(scope)
    specs = {key_of(s.process, s.id): build(s, diagram, sources) for s, diagram in found}
    nodes = {f"{s.process}/{e.id}": node_of(e) for s, _ in found for e in s.elements.values()}
    diagram = sources.diagrams[process]
    starts = dict(_starts(diagram.scopes[process], diagram))
    return Definition(process, diagram.scopes[process].name, specs, nodes, starts)


def _read(files: Mapping[str, bytes]) -> Sources:
    diagrams: dict[str, Diagram] = {}
    for file, data in sorted(files.items()):
        if not file.endswith(".bpmn"):
            continue
        diagram = read(data, file)
        for process in diagram.processes:
            if process.id in diagrams:
                raise Invalid(
                    f"流程“{process.id}”出现在两个文件中。",
                    english=f"Process “{process.id}” stands in two files.",
                    element=process.id,
                )
            diagrams[process.id] = diagram
    return Sources(diagrams, decisions({f: d for f, d in files.items() if f.endswith(".dmn")}))


def _called_from(process: str, diagrams: Mapping[str, Diagram]) -> list[str]:
    """The process and all that it calls, directly or not."""
    found, todo = [process], [process]
    while todo:
        diagram, id_ = diagrams[todo[-1]], todo.pop()
        for node in diagram.scopes[id_].xml.iterfind(".//bpmn:callActivity", NS):
            called = (node.get("calledElement") or "").rpartition(":")[2]
            if called in diagrams and called not in found:
                found.append(called)
                todo.append(called)
    return found


def _starts(scope: Scope, diagram: Diagram) -> Iterator[tuple[str | None, str]]:
    plain = plain_start(scope)
    if plain is not None:
        yield None, plain
    for element in scope.elements.values():
        if element.kind == "startEvent":
            yield from ((trigger.name, element.id) for trigger in read_triggers(element, diagram))


def _keys(steps: Mapping[str, Any]) -> frozenset[str]:
    found = (getattr(step, "node", None) for step in steps.values())
    return frozenset(f"{node.process}/{node.id}" for node in found if node is not None)
