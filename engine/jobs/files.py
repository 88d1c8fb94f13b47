"""The folder as a broker: Celery's file-system transport, whose messages appear in one piece.

The original opens a message under its final name and then writes it; a worker that looks between
the two moves away an empty file, and stops on it.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """A queue of files, each complete from the moment it can be seen."""

    def _put(self, queue: str, *payload: Any, **_options: Any) -> None:
        """Write the message under a name that no queue has, then give it its own."""
        folder = Path(self.data_folder_out)
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}"
        unfinished = folder / f"{name}.unfinished"
        unfinished.write_text(dumps(*payload), encoding="utf-8")
        unfinished.replace(folder / f"{name}.{queue}.msg")

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        """The next message; one that a dying machine left in pieces is passed over."""
        try:
            return super()._get(queue)
        except ValueError:
            raise Empty from None


class Transport(filesystem.Transport):
    """The file-system transport on this channel."""

    Channel = Channel
