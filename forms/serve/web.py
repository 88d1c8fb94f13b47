"""Gunicorn's configuration (`gunicorn -c python:forms.serve.web`): small, threaded, loaded once.

The application is imported before the processes divide, which starts all of them in the time of
one; what must not be shared, the database's connections, each process opens for itself.
"""

from __future__ import annotations

import gc
from threading import Thread
from typing import Any

from engine.jobs import nudge

worker_class = "gthread"
workers = 2
threads = 4
timeout = 120
graceful_timeout = 10
preload_app = True
control_socket_disable = True
loglevel = "warning"


def pre_fork(_server: object, _worker: object) -> None:
    """What is loaded by now stays: the collector need not walk it again while somebody waits."""
    gc.collect()
    gc.freeze()


def post_fork(_server: object, worker: Any) -> None:
    """Forget connections that the parent may have opened; they stay the parent's. Then nudge.

    Celery takes a third of a second to load: pages are answered meanwhile, and the sweeper finds
    what was not announced.
    """
    installed = getattr(worker.app.wsgi(), "extensions", {}).get("bihuan")
    if installed is not None:
        installed.engine.dispose(close=False)
        Thread(target=nudge.install, args=(installed.settings,), daemon=True).start()
