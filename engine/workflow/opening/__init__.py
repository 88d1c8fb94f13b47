"""Opening a task: whose it is, who signs, when it is due, and whether the machine passes it on."""

from engine.workflow.opening.preparing import Opening, prepare
from engine.workflow.opening.skipping import Skip, step_of
from engine.workflow.opening.writing import (
    OFFICERS,
    activate,
    names_of,
    officers_of,
    part_of,
    send_copy,
    write,
)

__all__ = [
    "OFFICERS",
    "Opening",
    "Skip",
    "activate",
    "names_of",
    "officers_of",
    "part_of",
    "prepare",
    "send_copy",
    "step_of",
    "write",
]
