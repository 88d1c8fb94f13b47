"""What the diagram says of a node's time, as the alarms reckon with it."""

from __future__ import annotations

from engine.workflow.deadlines.alarms import Plan
from engine.workflow.properties import NodeFacts


def plan_of(facts: NodeFacts) -> Plan:
    """The plan of an open task's node."""
    return Plan(facts.remind, facts.escalate, facts.timeout, facts.timeout_after)
