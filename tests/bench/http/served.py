"""The web that is measured: gunicorn as `bihuan serve` runs it, and what one request costs it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from werkzeug.test import Client

from engine.settings import Settings
from forms.app import create_app
from forms.serve.command import APPLICATION, Site
from forms.serve.prepare import prepare
from tests.bench.engine.counting import counted
from tests.bench.http.browsers import FORM, PATIENCE, Shot
from tests.serving import children_of, wait_until

START = 60.0  # seconds until the web answers
FIRST = 5  # requests after which an application has prepared what it prepares once
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Web:
    """A web that answers, and the process that leads its workers."""

    settings: Settings
    leader: int

    def cpu(self) -> float:
        """Seconds of a processor that its workers have taken so far, the system's included."""
        return sum(_taken(worker) for worker in children_of(self.leader))


def _taken(pid: int) -> float:
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / TICKS  # utime and stime, see proc(5)


@contextmanager
def served(settings: Settings) -> Iterator[Web]:
    """The web without the worker, on a free port."""
    told = {"BIHUAN_VAR": str(settings.var), "BIHUAN_DATABASE": settings.database}
    site = Site.open(settings, os.environ | told | {"BIHUAN_HOST": "127.0.0.1"})
    prepare(site.settings)
    web, _worker = site.parts(APPLICATION)
    web.start(time.monotonic())
    try:
        wait_until(site.probe().answered, START)
        assert web.process is not None
        yield Web(site.settings, web.process.pid)
        web.stop()
        web.process.wait(PATIENCE)
    finally:
        web.kill()
        site.opened.close()


def count(settings: Settings, shots: Sequence[Shot]) -> list[int]:
    """How many statements each request sends to the database, asked of an application in here."""
    app = create_app(settings)
    client, engine = Client(app, use_cookies=False), app.extensions["bihuan"].engine
    counts = []
    for shot in shots:
        with counted(engine) as sent:
            answer = client.post(
                shot.path,
                data=shot.fields,
                content_type=FORM,
                headers={"Cookie": shot.seat.cookie},
            )
        assert answer.status_code == 303, f"task {shot.task}: {answer.status}"
        counts.append(len(sent))
    engine.dispose()
    return counts[FIRST:]
