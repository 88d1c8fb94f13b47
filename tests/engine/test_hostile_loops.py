"""A diagram that repeats itself without measure."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.errors import Conflict
from engine.workflow import runtime

DIAGRAM = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"
  targetNamespace="x"><process id="p" isExecutable="true"><startEvent id="s"/>
  <sequenceFlow id="a" sourceRef="s" targetRef="t"/><userTask id="t">
  <multiInstanceLoopCharacteristics>{loop}</multiInstanceLoopCharacteristics></userTask>
  <sequenceFlow id="b" sourceRef="t" targetRef="e"/><endEvent id="e"/></process></definitions>"""


@pytest.mark.parametrize(
    "loop",
    [
        "<loopCardinality>10000000000</loopCardinality>",
        "<loopDataInputRef>for i in 1..1001 return i</loopDataInputRef>",
    ],
)
def test_a_loop_without_measure_is_refused_before_it_is_built(loop: str) -> None:
    definition = runtime.parse("p", {"p.bpmn": DIAGRAM.format(loop=loop).encode()})
    with pytest.raises(Conflict, match="超过 1000 次") as refused:
        runtime.start(definition, {}, at=datetime(2025, 6, 9, tzinfo=UTC))
    assert refused.value.element == "t"
