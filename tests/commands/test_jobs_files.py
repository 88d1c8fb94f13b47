"""The folder as a broker: a nudge is either not there or complete."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from queue import Empty
from typing import Any

import pytest

from engine.jobs.app import NUDGE, make_app, sender
from engine.settings import Settings

SENT = 200


@pytest.fixture
def installation(settings: Settings) -> Settings:
    return replace(settings, broker="filesystem://")


@pytest.fixture
def queue(installation: Settings) -> Path:
    return installation.var / "broker/queue"


@pytest.fixture
def channel(installation: Settings) -> Iterator[Any]:
    with make_app(installation).connection_for_read() as connection:
        yield connection.default_channel


def take(channel: Any) -> str | None:
    """The task of the next message, None when there is none."""
    try:
        return str(channel._get("bihuan")["headers"]["task"])
    except Empty:
        return None


def test_a_worker_never_sees_half_a_nudge(installation: Settings, channel: Any) -> None:
    send, taken = sender(installation), 0
    sending = threading.Thread(target=lambda: [send(job) for job in range(SENT)])
    sending.start()
    while sending.is_alive():
        taken += take(channel) == NUDGE
    while take(channel):
        taken += 1
    assert taken == SENT


def test_a_message_in_pieces_is_passed_over(queue: Path, channel: Any) -> None:
    (queue / "1_left.bihuan.msg").write_text("")
    (queue / "2_left.unfinished").write_text('{"bo')
    assert take(channel) is None
    assert take(channel) is None


def test_nothing_is_left_of_a_nudge_that_was_taken(
    installation: Settings, queue: Path, channel: Any
) -> None:
    sender(installation)(1)
    assert take(channel) == NUDGE
    assert list(queue.iterdir()) == []
