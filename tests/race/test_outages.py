"""PostgreSQL or the broker goes away for a moment: the worker says so once, and that it is back."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engine import db
from engine.jobs.commands import enqueue
from engine.jobs.models import Job
from engine.migrations import migrate
from engine.work import MACHINE, begin, reading
from tests.conftest import POSTGRES, REDIS
from tests.services import Postgresql, _await_port, free_port, postgresql_server
from tests.serving import ROOT, wait_until

pytestmark = pytest.mark.skipif(
    not (POSTGRES and REDIS and shutil.which("redis-server")), reason="PostgreSQL and Redis needed"
)
LOST, BACK = "cannot be reached", "can be reached again"
DATABASE, BROKER = "the database", "the message broker"


@dataclass
class Watched:
    """A worker on a PostgreSQL and a Redis of its own, and what it says."""

    postgres: Postgresql
    port: int
    worker: subprocess.Popen[str] | None = None
    lines: list[str] = field(default_factory=list)
    redis: subprocess.Popen[bytes] | None = None

    def listen(self) -> None:
        assert self.worker is not None
        assert self.worker.stderr is not None
        self.lines.extend(self.worker.stderr)

    def said(self, what: str, how: str) -> int:
        """How often it has said that something is away, or back."""
        return sum(f"{what} {how}" in line for line in self.lines)

    def wait_for(self, what: str, how: str) -> None:
        wait_until(lambda: self.said(what, how), 40)

    def start_redis(self) -> None:
        options = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "")
        self.redis = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
        _await_port(self.port)

    def stop_redis(self) -> None:
        assert self.redis is not None
        self.redis.kill()
        self.redis.wait(10)

    def ran(self) -> bool:
        """Whether a job given to it now is done."""
        engine = db.connect(self.postgres.url)
        with begin(engine, MACHINE) as work:
            row = enqueue(work, "jobs.prune", {})
            work.session.flush()
            job = row.id

        def done() -> bool:
            with reading(engine) as session:
                found = session.get(Job, job)
                return found is None or found.state == "done"

        wait_until(done, 40)
        engine.dispose()
        return True


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """A worker that has done its first job."""
    with ExitStack() as stack:
        postgres, port = stack.enter_context(postgresql_server()), free_port()
        engine = db.connect(postgres.url)
        migrate(engine)
        engine.dispose()
        told = {
            "BIHUAN_VAR": str(tmp_path),
            "BIHUAN_DATABASE": postgres.url,
            "BIHUAN_BROKER": f"redis://127.0.0.1:{port}/0",
        }
        one = Watched(postgres, port)
        one.start_redis()
        stack.callback(one.stop_redis)
        one.worker = worker = subprocess.Popen(
            [str(ROOT / "bihuan"), "worker"],
            env={**os.environ, **told},
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        stack.callback(_end, worker)
        threading.Thread(target=one.listen, daemon=True).start()
        assert one.ran()
        yield one


def _end(worker: subprocess.Popen[str]) -> None:
    worker.terminate()
    worker.wait(30)


@pytest.mark.parametrize("what", [DATABASE, BROKER])
def test_an_outage_is_two_plain_lines(watched: Watched, what: str) -> None:
    go, come = _ways(watched, what)
    go()
    watched.wait_for(what, LOST)
    threading.Event().wait(3)  # time for it to try again, and again
    come()
    assert watched.ran()
    watched.wait_for(what, BACK)
    said = "".join(watched.lines)
    assert (watched.said(what, LOST), watched.said(what, BACK)) == (1, 1), said
    assert "Traceback" not in said, said
    assert sum("WARNING" in line or "ERROR" in line for line in watched.lines) == 2, said


def _ways(watched: Watched, what: str) -> tuple[Callable[[], None], Callable[[], None]]:
    if what == DATABASE:
        return watched.postgres.kill, watched.postgres.start
    return watched.stop_redis, watched.start_redis
