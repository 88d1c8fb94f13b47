"""Real services for the tests: PostgreSQL and Redis on free loopback ports, gone afterwards.

`python -m tests.services -- pytest …` starts both, names them to the command in
BIHUAN_TEST_POSTGRES and BIHUAN_TEST_REDIS, stops them and returns the command's exit code.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

# A test database need not survive a power cut; every test makes and drops one.
POSTGRES_OPTIONS = (
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
)


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tool(name: str) -> str | None:
    """A PostgreSQL program: on the path, or where Debian hides the newest version's."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(debian[-1]) if debian else None)


def _as_postgres(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root: root becomes `postgres` for it."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


def _run(command: list[str], folder: str) -> None:
    done = subprocess.run(
        _as_postgres(command), cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}")


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL of our own; gives the URL of its maintenance database."""
    initdb, control = _tool("initdb"), _tool("pg_ctl")
    if initdb is None or control is None:
        raise RuntimeError("PostgreSQL is not installed (apt-get install postgresql)")
    folder, port = tempfile.mkdtemp(prefix="bihuan-pg-"), free_port()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data, log = f"{folder}/data", f"{folder}/log"
    options = f"-h 127.0.0.1 -p {port} -k {folder} {POSTGRES_OPTIONS}"
    try:
        _run([initdb, "-D", data, "-U", "bihuan", "-A", "trust", "-E", "UTF8", "-N"], folder)
        _run([control, "-D", data, "-l", log, "-w", "-t", "60", "-o", options, "start"], folder)
        yield f"postgresql://bihuan@127.0.0.1:{port}/postgres"
    finally:
        with contextlib.suppress(RuntimeError):  # it may never have started
            _run([control, "-D", data, "-m", "immediate", "stop"], folder)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """A Redis of our own, in memory only; gives its URL."""
    program = shutil.which("redis-server")
    if program is None:
        raise RuntimeError("Redis is not installed (apt-get install redis-server)")
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with tempfile.TemporaryDirectory(prefix="bihuan-redis-") as folder:
        server = subprocess.Popen(
            [program, *options], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _await_port(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()
            server.wait(10)


def _await_port(port: int, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


@contextlib.contextmanager
def services() -> Iterator[dict[str, str]]:
    """Both services; gives the environment variables that name them to the tests."""
    with postgresql() as database, redis() as broker:
        yield {"BIHUAN_TEST_POSTGRES": database, "BIHUAN_TEST_REDIS": broker}


def main(argv: list[str]) -> int:
    """Run the command after `--` beside running services and return its exit code."""
    command = argv[1:] if argv[:1] == ["--"] else argv
    if not command:
        print("usage: python -m tests.services -- command …", file=sys.stderr)
        return 2
    with services() as named:
        return subprocess.run(command, env={**os.environ, **named}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
