"""Broken diagrams: parsing raises only what a user can read, and lint never fails."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

from engine.errors import BihuanError
from engine.workflow import runtime
from engine.workflow.lint import lint
from tests.property.runtime_blocks import ALL, Artist, grow

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
FIXTURES = Path(__file__).parent.parent / "engine" / "diagrams"
TEXTS = ["", "x", "End", "-1", "1 +", "P1D", "true", "a.b", "999999999", "'", "=null", "\u4e2d"]


def broken(data: bytes, chance: random.Random) -> bytes:
    """The document with a few elements removed, doubled or moved, and attributes changed."""
    root = etree.fromstring(data)
    for _ in range(chance.randint(1, 4)):
        nodes = [node for node in root.iter() if node.getparent() is not None]
        if not nodes:
            break
        node = chance.choice(nodes)
        match chance.randrange(5):
            case 0:
                node.getparent().remove(node)
            case 1:
                node.getparent().append(etree.fromstring(etree.tostring(node)))
            case 2:
                if node.attrib:
                    node.attrib.pop(chance.choice(list(node.attrib)))
            case 3:
                if node.attrib:
                    node.set(chance.choice(list(node.attrib)), chance.choice(TEXTS))
            case _:
                if not len(node):
                    node.text = chance.choice(TEXTS)
    return etree.tostring(root)


def survive(process: str, files: dict[str, bytes], note: str) -> None:
    try:
        lint(files, operations=set(), forms=set(), roles=set())
        definition = runtime.parse(process, files)
        runtime.start(definition, {"items": [1], "amount": 5}, at=AT)
    except BihuanError as error:
        assert error.message
    except Exception as error:
        error.add_note(note)
        raise


def test_a_broken_fixture_is_refused_in_words() -> None:
    originals = {path.name: path.read_bytes() for path in FIXTURES.iterdir()}
    for seed in range(300):
        chance = random.Random(seed)
        name = chance.choice(sorted(originals))
        survive("review", {**originals, name: broken(originals[name], chance)}, f"seed {seed}")


def test_a_broken_random_diagram_is_refused_in_words() -> None:
    for seed in range(150):
        chance = random.Random(seed)
        files = Artist().draw(grow(chance, 2, ALL))
        name = chance.choice(sorted(files))
        survive("p", {**files, name: broken(files[name], chance)}, f"seed {seed}")


def test_bytes_cut_or_changed_are_refused_in_words() -> None:
    data = (FIXTURES / "review.bpmn").read_bytes()
    for seed in range(200):
        chance = random.Random(seed)
        place = chance.randrange(len(data))
        cut = data[:place] if seed % 2 else data[:place] + b"\x00<&" + data[place + 3 :]
        survive("review", {"review.bpmn": cut}, f"seed {seed}")
