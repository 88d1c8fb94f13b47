"""The Celery application: the one door to the broker, which carries nudges and nothing else.

Traps closed here: the file-system transport polls once a second unless told otherwise and keeps
its messages in folders that must exist; a broker that is away must not hold up a web request.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from celery import Celery

from engine.jobs.outages import Outage
from engine.settings import Settings

NUDGE = "bihuan.nudge"
BROKER = "the message broker"
FILES = "engine.jobs.files:Transport"
STALE = 60  # seconds after which a nudge that nobody took is worthless: the sweeper was faster
POLLING = 0.05
PATIENCE = 1.0  # seconds to wait for a broker before doing without
REST = 15.0  # seconds to leave a broker alone that did not answer
AT_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}


def make_app(settings: Settings) -> Celery:
    """A Celery application on the installation's broker (files, Redis or RabbitMQ)."""
    app = Celery("bihuan", broker=_url(settings.broker), set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        broker_connection_max_retries=None,  # for ever: the sweeper works meanwhile
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=PATIENCE,
        broker_transport=FILES if on_files(settings) else None,
        broker_transport_options=_transport_options(settings),
        task_default_queue="bihuan",
        task_ignore_result=True,
        task_publish_retry=False,
        worker_cancel_long_running_tasks_on_connection_loss=True,  # ours are acknowledged early
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,
    )
    return app


def on_files(settings: Settings) -> bool:
    """Whether the broker is a folder of this machine."""
    return settings.broker.startswith("filesystem:")


def sender(settings: Settings, broker: Outage | None = None) -> Callable[[int], None]:
    """A function that sends a nudge for one job; raises when the broker does not answer.

    After a failure it does not even try for a while, so that no act waits for a dead broker twice.
    That it went away is told to `broker`, and so is that it is back.
    """
    app, resting_until = make_app(settings), 0.0
    outage = broker or Outage(BROKER)

    def send(job: int) -> None:
        nonlocal resting_until
        if time.monotonic() < resting_until:
            raise ConnectionError("the broker did not answer lately")
        try:
            app.send_task(NUDGE, args=[job], expires=STALE)
        except Exception as error:
            resting_until = time.monotonic() + REST
            outage.lost(error)
            raise
        outage.back()

    return send


def _url(broker: str) -> str:
    return "filesystem://localhost//" if broker == "filesystem://" else broker  # kombu wants a host


def _transport_options(settings: Settings) -> dict[str, Any]:
    if on_files(settings):
        queue, control = (_folder(settings.var / "broker" / name) for name in ("queue", "control"))
        return {
            "data_folder_in": queue,
            "data_folder_out": queue,
            "control_folder": control,
            "polling_interval": POLLING,
        }
    if settings.broker.startswith("redis"):
        timeouts = {"socket_connect_timeout": PATIENCE, "socket_timeout": 10 * PATIENCE}
        return {**AT_ONCE, **timeouts}
    return {**AT_ONCE}


def _folder(path: Path) -> str:
    path.mkdir(parents=True, exist_ok=True)
    return str(path)
