"""The small signs of BPMN: task kinds, event triggers, gateway kinds, activity markers.

Paths are drawn around the origin; tasks' and triggers' signs fit in a square of 18 units.
"""

from __future__ import annotations

TASKS = {
    "userTask": "M-3.5-4a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0M-7 8v-3a7 5.5 0 0 1 14 0v3z",
    "manualTask": "M-8 0l6-5h9v3h-6M-2-2h10v3h-8M0 1h7v3h-7M0 4h6v3h-9l-5-3z",
    "serviceTask": "M-6-1.5h2l1-2.5-1.4-1.4 2-2 1.4 1.4 2-1v-2h2.8v2l2 1 1.4-1.4 2 2L6.8-4l1 2.5h2"
    "v3h-2l-1 2.5 1.4 1.4-2 2-1.4-1.4-2 1v2H0v-2l-2-1-1.4 1.4-2-2L-4 4l-1-2.5h-1z"
    "M-1.2 0a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0-5.2 0",
    "scriptTask": "M-4-8H7q-4 4 0 8t0 8H-7q4-4 0-8t3-8M-3-4h6M-2 0h6M-1 4h6",
    "businessRuleTask": "M-8-6H8V6H-8zM-8-2H8M-8 2H8M-3-2V6",
    "sendTask": "M-8-5.5H8V5.5H-8z",
    "receiveTask": "M-8-5.5H8V5.5H-8zM-8-5.5 0 1 8-5.5",
}
FILLED_TASKS = {"sendTask"}

TRIGGERS = {
    "message": "M-8-5.5H8V5.5H-8zM-8-5.5 0 1 8-5.5",
    "timer": "M-9 0a9 9 0 1 0 18 0a9 9 0 1 0-18 0M0-6V0L4.5 2.5M0-9v2M9 0h-2M0 9v-2M-9 0h2",
    "error": "M-7 7-3-7 2 2 7-7 3 7-2-2z",
    "escalation": "M0-8.5 6.5 7.5 0 1.5-6.5 7.5z",
    "signal": "M0-8 8 6H-8z",
    "conditional": "M-6.5-8h13V8h-13zM-4-4.5h8M-4-1.5h8M-4 1.5h8M-4 4.5h8",
    "compensate": "M0-6v12l-8-6zM8-6v12l-8-6z",
    "cancel": "M-7-5-5-7 0-2 5-7 7-5 2 0 7 5 5 7 0 2-5 7-7 5-2 0z",
    "link": "M-8-3.5h8v-4L8 0 0 7.5v-4h-8z",
    "terminate": "M-9 0a9 9 0 1 0 18 0a9 9 0 1 0-18 0",
    "multiple": "M0-8.5 8-2.6 5 7H-5l-3-9.6z",
}

GATEWAYS = {
    "exclusiveGateway": ("M-7-7 7 7M-7 7 7-7", 3.0),
    "parallelGateway": ("M0-11V11M-11 0H11", 3.0),
    "inclusiveGateway": ("M-10.5 0a10.5 10.5 0 1 0 21 0a10.5 10.5 0 1 0-21 0", 2.5),
    "complexGateway": ("M0-11V11M-11 0H11M-8-8 8 8M-8 8 8-8", 2.5),
    "eventBasedGateway": (
        "M-12 0a12 12 0 1 0 24 0a12 12 0 1 0-24 0M0-7 7-2 4.4 6H-4.4L-7-2z",
        1.3,
    ),
}

MARKERS = {
    "loop": "M-5 5a6.5 6.5 0 1 1 4 1.4M-5 5h-3.5M-5 5v-3.5",
    "parallel": "M-5-6V6M0-6V6M5-6V6",
    "sequential": "M-6-5H6M-6 0H6M-6 5H6",
    "compensation": "M0-5v10l-7-5zM7-5v10l-7-5z",
    "collapsed": "M-7-7H7V7H-7zM0-4.5V4.5M-4.5 0H4.5",
    "adhoc": "M-7 2q3.5-7 7-2t7-2",
}
