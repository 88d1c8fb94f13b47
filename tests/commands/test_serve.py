"""`bihuan serve` keeps the web and the worker running, whatever is killed."""

from __future__ import annotations

import http.client
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import Invalid
from engine.private import keep_private, random_text
from forms.serve.part import Part
from forms.serve.port import listen
from tests.serving import ROOT, SERVE, Served, children_of, command_line, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

ANSWERING = """
import os
def application(environ, start):
    start("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getppid()).encode()]
"""


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("application")
    (folder / "answering.py").write_text(ANSWERING)
    return {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "BIHUAN_DEMO": "0"}


@pytest.fixture(scope="module")
def servers() -> Iterator[list[Served]]:
    """Every server of this module, the newest last; none is left running."""
    started: list[Served] = []
    yield started
    for one in started:
        if one.process.poll() is None:
            one.stop()


@pytest.fixture
def served(
    servers: list[Served], tmp_path_factory: pytest.TempPathFactory, application: dict[str, str]
) -> Served:
    """A running server, the one of the test before unless that stopped it."""
    if not servers or servers[-1].process.poll() is not None:
        arguments = ("--application", "answering:application")
        var = tmp_path_factory.mktemp("var")
        servers.append(Served.start(var, *arguments, environ=application))
    return servers[-1]


def ask(url: str) -> str:
    """The answer; asks again when the process that took the request died with it."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    try:
        connection.request("GET", "/")
        return connection.getresponse().read().decode()
    except (ConnectionResetError, http.client.IncompleteRead):
        return ask(url)
    finally:
        connection.close()


def test_a_fresh_installation_shows_how_the_first_administrator_is_made(served: Served) -> None:
    var = served.log.parent
    wait_until(lambda: "/setup" in served.log.read_text(), 5)
    token = var / "setup-token"
    assert token.read_text() in served.log.read_text()
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert stat.S_IMODE((var / "secret").stat().st_mode) == 0o600
    assert (var / "pki" / "root.pem").exists()


def test_a_killed_web_is_started_again_and_no_request_is_refused(served: Served) -> None:
    (web,) = served.children("gunicorn")
    assert ask(served.url) == str(web)
    os.kill(web, signal.SIGKILL)
    wait_until(lambda: ask(served.url) != str(web), 10)
    wait_until(lambda: served.children("gunicorn"), 5)


def test_a_killed_web_worker_is_started_again(served: Served) -> None:
    wait_until(lambda: served.children("gunicorn"), 5)
    (web,) = served.children("gunicorn")
    wait_until(lambda: len(children_of(web)) == 2, 10)
    before = children_of(web)
    os.kill(before[0], signal.SIGKILL)
    assert ask(served.url) == str(web)
    wait_until(lambda: len(set(children_of(web)) - {before[0]}) == 2, 10)


def test_a_killed_worker_is_started_again(served: Served) -> None:
    wait_until(lambda: served.children("worker "), 10)
    (worker,) = served.children("worker ")
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: served.children("worker ") not in ([], [worker]), 10)


def test_a_taken_port_is_told_in_one_line(served: Served) -> None:
    port = served.url.rsplit(":", 1)[1]
    done = subprocess.run(
        SERVE,
        env={**os.environ, "BIHUAN_VAR": str(served.log.parent), "BIHUAN_PORT": port},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert port in done.stderr


def test_a_stop_signal_ends_everything(served: Served) -> None:
    children = served.children("")
    assert served.stop() == 0
    assert not any(map(command_line, children))


def test_a_killed_supervisor_leaves_nobody_on_the_port(
    tmp_path: Path, application: dict[str, str]
) -> None:
    served = Served.start(tmp_path, "--application", "answering:application", environ=application)
    children = served.children("")
    served.process.kill()
    served.process.wait()
    wait_until(lambda: not any(map(command_line, children)), 20)
    host, port = served.url.removeprefix("http://").split(":")
    wait_until(lambda: _free(host, int(port)), 5)


def test_a_web_that_cannot_start_is_given_up(tmp_path: Path) -> None:
    done = subprocess.run(
        (*SERVE, "--application", "nothing.such:application"),
        env={**os.environ, "BIHUAN_VAR": str(tmp_path), "BIHUAN_PORT": "0", "BIHUAN_DEMO": "0"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 3
    assert "一再启动失败" in done.stderr


def test_pauses_grow_until_a_part_has_been_steady() -> None:
    part = Part("p", (sys.executable, "-c", "raise SystemExit(7)"), os.environ)
    pauses = []
    for start in (0.0, 1.0, 2.0, 1000.0):
        part.start(start)
        assert part.process
        part.process.wait()
        assert part.ended(start + (30.0 if start == 1000.0 else 0.0)) == 7
        pauses.append(part.pause)
    assert pauses == [0.1, 0.5, 1.0, 0.1]


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    first = keep_private(tmp_path / "folder" / "secret", random_text)
    assert len(first) >= 48
    assert keep_private(tmp_path / "folder" / "secret", random_text) == first


def _free(host: str, port: int) -> bool:
    try:
        listen(host, port).close()
    except Invalid:
        time.sleep(0.1)
        return False
    return True
