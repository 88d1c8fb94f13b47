"""The command `bihuan worker`."""

from __future__ import annotations

import logging
import sys
from datetime import timedelta

import click

from engine import settings


@click.command("worker")
@click.option("--concurrency", type=click.IntRange(1, 32), default=2, show_default=True)
@click.option(
    "--lease",
    type=click.FloatRange(1, 3600),
    default=60,
    show_default=True,
    envvar="BIHUAN_LEASE",
    show_envvar=True,
    help="秒；处理进程失联多久后任务由他人接手 / seconds until another worker takes over",
)
def worker_command(concurrency: int, lease: float) -> int:
    """处理后台任务和定时工作 / run queued jobs and the schedule until stopped."""
    from engine.jobs.worker import run_worker  # Celery takes its time to load

    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    return run_worker(settings.load(), concurrency=concurrency, lease=timedelta(seconds=lease))
