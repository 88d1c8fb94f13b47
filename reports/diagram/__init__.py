"""A BPMN diagram as SVG, drawn from its own interchange, with the way that an instance went."""

from __future__ import annotations

from reports.diagram.picture import render

__all__ = ["render"]
