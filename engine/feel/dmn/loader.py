"""From DMN files to a model: elements, their requirements across imports, and compiled logic."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from engine.errors import Invalid
from engine.feel.dmn.boxed import Boxes
from engine.feel.dmn.datatypes import Types, component_names, reference, types_of
from engine.feel.dmn.model import Item, Model
from engine.feel.dmn.tables import table_key
from engine.feel.dmn.xml import Element, child, children, local, name_of, parse
from engine.feel.errors import FeelError
from engine.feel.expression import Expression, names_for
from engine.feel.names import Names
from engine.feel.nodes.base import Node

KINDS = ("inputData", "decision", "businessKnowledgeModel", "decisionService")
LOGIC = (
    *("literalExpression", "context", "list", "relation", "invocation", "functionDefinition"),
    *("conditional", "for", "some", "every", "filter", "decisionTable"),
)


def load(xml: bytes, imports: Iterable[bytes] = ()) -> Model:
    """The model of a DMN file; `imports` are the files it imports, found by namespace.

    Raises `Invalid` for what is no DMN; logic that cannot be compiled is listed in `problems`.
    """
    root = _definitions(xml)
    others = {other.get("namespace") or "": other for other in map(_definitions, imports)}
    try:
        return _Library({**others, root.get("namespace") or "": root}).model(root)
    except RecursionError:
        raise FeelError("model_nested") from None


def load_file(path: Path) -> Model:
    """The model of a file; what it imports is looked for beside it."""
    xml = path.read_bytes()
    wanted = _imported(_definitions(xml))
    if not wanted:
        return load(xml)
    beside: dict[str, bytes] = {}
    for other in sorted(path.parent.glob("*.dmn")):
        content = other.read_bytes()
        with suppress(Invalid):  # a broken neighbour concerns only those that import it
            beside[_definitions(content).get("namespace") or ""] = content
    found: dict[str, bytes] = {}
    while missing := (wanted & beside.keys()) - found.keys():
        for space in missing:
            found[space] = beside[space]
            wanted |= _imported(_definitions(beside[space]))
    return load(xml, found.values())


def _imported(root: Element) -> set[str]:
    return {each.get("namespace") or "" for each in children(root, "import")}


def _definitions(xml: bytes) -> Element:
    root = parse(xml)
    if local(root) != "definitions" or "/DMN/" not in (root.nsmap.get(root.prefix) or ""):
        raise FeelError("not_dmn")
    return root


class _Library:
    """Several files whose elements refer to each other by namespace and id."""

    def __init__(self, roots: dict[str, Element]) -> None:
        self.roots = roots
        self.items: dict[str, Item] = {}
        self.types: dict[str, Types] = {}
        for space, root in roots.items():
            for element in children(root, *KINDS):
                item = Item(local(element), _id(element), name_of(element))
                item.label = item.name
                self.items[f"{space}#{item.id}"] = item

    def model(self, root: Element) -> Model:
        """The model of one of the files, all others compiled too."""
        for space, each in self.roots.items():
            self._types_of(space)
            for element in children(each, *KINDS):
                self._relate(space, element)
        for space, each in self.roots.items():
            for element in children(each, "decision", "businessKnowledgeModel"):
                self._compile(space, element)
        space = root.get("namespace") or ""
        own = [self.items[f"{space}#{_id(each)}"] for each in children(root, *KINDS)]
        return Model(name_of(root), own)

    def _types_of(self, space: str) -> Types:
        if space not in self.types:
            self.types[space] = {}
            imported: Types = {}
            for name, other in self._imports(space).items():
                imported |= {f"{name}.{key}": kind for key, kind in self._types_of(other).items()}
            self.types[space] = types_of(self.roots[space], imported)
        return self.types[space]

    def _imports(self, space: str) -> dict[str, str]:
        """Names of the imported models with their namespaces, those that were given."""
        found = {
            name_of(each): each.get("namespace") or ""
            for each in children(self.roots[space], "import")
        }
        return {name: other for name, other in found.items() if other in self.roots}

    def _relate(self, space: str, element: Element) -> None:
        item = self.items[f"{space}#{_id(element)}"]
        variable = child(element, "variable")
        if variable is not None:
            item.name = name_of(variable) or item.name
            item.type = reference(variable.get("typeRef"), self._types_of(space))
        hrefs = _requirements(element)
        item.requires = [pair for href in hrefs if (pair := self._target(space, href))]
        for tag in ("inputData", "inputDecision"):
            item.parameters += self._referred(space, element, tag)
        item.outputs = self._referred(space, element, "outputDecision")
        if item.kind == "businessKnowledgeModel":
            item.parameters = _formal_parameters(element)
            item.requires.append(("", item))

    def _referred(self, space: str, element: Element, tag: str) -> list[Item]:
        pairs = [self._target(space, each.get("href") or "") for each in children(element, tag)]
        return [pair[1] for pair in pairs if pair]

    def _target(self, space: str, href: str) -> tuple[str, Item] | None:
        other, _, id_ = href.rpartition("#")
        item = self.items.get(f"{other or space}#{id_}")
        if item is None:
            return None
        if other in ("", space):
            return "", item
        names = [name for name, imported in self._imports(space).items() if imported == other]
        return (names[0] if names else "", item)

    def _compile(self, space: str, element: Element) -> None:
        item = self.items[f"{space}#{_id(element)}"]
        hints = set(component_names(self.roots[space]))
        for prefix, required in item.requires:
            hints.update([required.name] if prefix else [])
        known = dict.fromkeys(prefix or required.name for prefix, required in item.requires)
        names = names_for(known, hints)
        try:
            node = _logic(Boxes(self._types_of(space)), element, names, item)
            item.expression = Expression(node, names.free)
        except FeelError as error:
            item.fault = error.complaint


def _id(element: Element) -> str:
    return element.get("id") or name_of(element)


def _requirements(element: Element) -> Iterable[str]:
    for requirement in children(element, "informationRequirement", "knowledgeRequirement"):
        for each in children(requirement):
            yield each.get("href") or ""


def _formal_parameters(element: Element) -> list[Item]:
    logic = child(element, "encapsulatedLogic")
    if logic is None:
        return []
    return [Item("inputData", "", name_of(each)) for each in children(logic, "formalParameter")]


def _logic(boxes: Boxes, element: Element, names: Names, item: Item) -> Node:
    if item.kind == "businessKnowledgeModel":
        logic = child(element, "encapsulatedLogic")
        if logic is None:
            raise FeelError("no_logic", element=item.id, name=item.name)
        return boxes.function(logic, names, item.name)
    expression = child(element, *LOGIC)
    if expression is None:
        raise FeelError("no_logic", element=item.id, name=item.name)
    if local(expression) == "decisionTable":
        item.table = table_key(expression)
    return boxes.read(expression, names)
