"""Reads of the workflow: the inbox, a task with what it may do, and what happened."""

from __future__ import annotations

from engine.workflow.queries.archived import ARCHIVED
from engine.workflow.queries.batch import batch_blockers
from engine.workflow.queries.beside import (
    Suspension,
    Urging,
    asked_by_others,
    suspensions,
    urgings,
)
from engine.workflow.queries.copies import (
    CopyRow,
    circulating,
    copies,
    copy_of,
    readers,
    unread_copies,
)
from engine.workflow.queries.course import (
    OpenRow,
    Path,
    SignerRow,
    has_signed,
    instances,
    open_tasks,
    path,
    timeline,
)
from engine.workflow.queries.inbox import (
    COUNTED_TO,
    TABS,
    InboxRow,
    inbox,
    inbox_count,
    inbox_counts,
    next_waiting,
)
from engine.workflow.queries.operating import (
    Call,
    InstanceRow,
    Search,
    calls_of,
    find_instances,
    tasks_of,
)
from engine.workflow.queries.parts import PartRow, Round, round_of
from engine.workflow.queries.reaching import Reached, reach
from engine.workflow.queries.remarks import comment_count, comments, comments_in
from engine.workflow.queries.standing import (
    ENDED,
    OTHERS,
    Target,
    TaskView,
    begun,
    goes_to,
    prefill,
    return_targets,
    task_view,
)

__all__ = [
    "ARCHIVED",
    "COUNTED_TO",
    "ENDED",
    "OTHERS",
    "TABS",
    "Call",
    "CopyRow",
    "InboxRow",
    "InstanceRow",
    "OpenRow",
    "PartRow",
    "Path",
    "Reached",
    "Round",
    "Search",
    "SignerRow",
    "Suspension",
    "Target",
    "TaskView",
    "Urging",
    "asked_by_others",
    "batch_blockers",
    "begun",
    "calls_of",
    "circulating",
    "comment_count",
    "comments",
    "comments_in",
    "copies",
    "copy_of",
    "find_instances",
    "goes_to",
    "has_signed",
    "inbox",
    "inbox_count",
    "inbox_counts",
    "instances",
    "next_waiting",
    "open_tasks",
    "path",
    "prefill",
    "reach",
    "readers",
    "return_targets",
    "round_of",
    "suspensions",
    "task_view",
    "tasks_of",
    "timeline",
    "unread_copies",
    "urgings",
]
