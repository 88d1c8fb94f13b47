"""The Celery application: the one door to the broker, which carries nudges and nothing else.

Traps closed here: the file-system transport polls once a second unless told otherwise and keeps
its messages in folders that must exist; a broker that is away must not hold up a web request.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from celery import Celery

from engine.settings import Settings

NUDGE = "bihuan.nudge"
STALE = 60  # seconds after which a nudge that nobody took is worthless: the sweeper was faster
POLLING = 0.05
PATIENCE = 1.0  # seconds to wait for a broker before doing without


def make_app(settings: Settings) -> Celery:
    """A Celery application on the installation's broker (files, Redis or RabbitMQ)."""
    app = Celery("bihuan", broker=settings.broker, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=PATIENCE,
        broker_transport_options=_transport_options(settings),
        task_default_queue="bihuan",
        task_ignore_result=True,
        task_publish_retry=False,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,
    )
    return app


def sender(settings: Settings) -> Callable[[int], None]:
    """A function that sends a nudge for one job; raises when the broker does not answer."""
    app = make_app(settings)

    def send(job: int) -> None:
        app.send_task(NUDGE, args=[job], expires=STALE)

    return send


def _transport_options(settings: Settings) -> dict[str, Any]:
    if settings.broker.startswith("filesystem:"):
        queue, control = (_folder(settings.var / "broker" / name) for name in ("queue", "control"))
        return {
            "data_folder_in": queue,
            "data_folder_out": queue,
            "control_folder": control,
            "polling_interval": POLLING,
        }
    if settings.broker.startswith("redis"):
        return {"socket_connect_timeout": PATIENCE, "socket_timeout": 10 * PATIENCE}
    return {}


def _folder(path: Path) -> str:
    path.mkdir(parents=True, exist_ok=True)
    return str(path)
