"""What is away for a moment is told once, in one plain line, and once when it is back."""

from __future__ import annotations

import logging
import threading
import time

from sqlalchemy.exc import InterfaceError, OperationalError

AWAY = (OperationalError, InterfaceError)
"""What says that the database cannot be reached, or ended in the middle."""
LENGTH = 160
"""Characters of a reason."""
LOST = "consumer: C"
"""How the lines of Celery's consumer begin that tell of a broker that went away."""
UNACKED = "Couldn't ack"
"""A nudge in hand when the broker went; nothing is lost by it."""
AGAIN = " Trying to re-establish the connection..."
FOUND = "Connected to"

log = logging.getLogger(__name__)


class Outage:
    """Whether something outside can be reached; any thread may say so."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._since: float | None = None
        self._lock = threading.Lock()

    def lost(self, why: object) -> None:
        """It cannot be reached: told the first time."""
        with self._lock:
            known, self._since = self._since, self._since or time.monotonic()
        if known is None:
            log.warning("%s cannot be reached, trying again: %s", self.what, _short(why))

    def back(self) -> None:
        """It can be reached: told if it was not before."""
        with self._lock:
            since, self._since = self._since, None
        if since is not None:
            seconds = time.monotonic() - since
            log.warning("%s can be reached again after %.0f s", self.what, seconds)


def _short(why: object) -> str:
    """A reason on one line; of a database's error only the driver's words."""
    text = str(getattr(why, "orig", None) or why or type(why).__name__)
    return " ".join(text.split())[:LENGTH]


class Consumer(logging.Filter):
    """Keeps Celery's own lines about a lost broker out of the log and tells the outage instead."""

    def __init__(self, broker: Outage) -> None:
        super().__init__()
        self._broker = broker

    def install(self) -> None:
        """Listen to the loggers that tell of the connection."""
        for name in ("consumer", "connection"):
            logger = logging.getLogger(f"celery.worker.consumer.{name}")
            logger.setLevel(logging.INFO)
            logger.addFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is for the log as it stands."""
        text = record.getMessage()
        if text.startswith((LOST, UNACKED)):
            self._broker.lost(text.removeprefix("consumer: ").replace(AGAIN, ""))
        elif text.startswith(FOUND):
            self._broker.back()
        else:
            return record.levelno >= logging.WARNING
        return False
