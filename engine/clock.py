"""Time is an argument below the edges; only the edges ask here what time it is."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """The same moment on the district's wall clock (Asia/Shanghai)."""
    return moment.astimezone(SHANGHAI)
