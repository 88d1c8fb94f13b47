"""The reference diagrams of the OMG Model Interchange Working Group: each parses, or is refused
with an element named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.errors import Invalid
from engine.workflow import runtime
from engine.workflow.lint import lint
from engine.workflow.runtime.diagram import read

REFERENCE = os.environ.get("BIHUAN_REFERENCE")
FOLDER = Path(REFERENCE or "") / "bpmn_samples" / "miwg"
SAMPLES = sorted(FOLDER.glob("*.bpmn")) if REFERENCE else []

pytestmark = pytest.mark.skipif(not SAMPLES, reason="BIHUAN_REFERENCE holds no MIWG samples")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_parses_or_is_refused_by_name(sample: Path) -> None:
    data = sample.read_bytes()
    ids = {node.get("id") for node in read(data, sample.name).xml.iter() if node.get("id")}
    for process in read(data, sample.name).processes:
        try:
            definition = runtime.parse(process.id, {sample.name: data})
        except Invalid as error:
            assert error.element in ids
        else:
            assert definition.nodes


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_lint_speaks_of_every_sample(sample: Path) -> None:
    findings = lint({sample.name: sample.read_bytes()})
    assert all(finding.message and finding.english for finding in findings)
