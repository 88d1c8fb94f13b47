"""What the broker's going looks like in the log."""

from __future__ import annotations

import logging

import pytest

from engine.jobs.outages import Consumer, Outage


@pytest.mark.parametrize(
    "text",
    [
        "consumer: Connection to broker lost. Trying to re-establish the connection...",
        "Couldn't ack 'e38b7574', reason:network:ConnectionError",
    ],
)
def test_a_broker_that_goes_is_told_in_one_line(
    caplog: pytest.LogCaptureFixture, text: str
) -> None:
    outage = Outage("the message broker")
    for _ in range(2):
        record = logging.LogRecord("celery", logging.CRITICAL, "", 0, text, None, None)
        assert not Consumer(outage).filter(record)
    assert [one.getMessage()[:34] for one in caplog.records] == [
        "the message broker cannot be reach"
    ]
