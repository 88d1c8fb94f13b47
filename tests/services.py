"""Real services for the tests: PostgreSQL and Redis on free loopback ports, gone afterwards.

`python -m tests.services -- pytest …` starts both, names them to the command in
BIHUAN_TEST_POSTGRES and BIHUAN_TEST_REDIS, stops them and returns the command's exit code. With
`--in-memory` before the `--` their files and all temporary ones of the command lie in memory where
there is room: a test's database is then made in a tenth of the time.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# A test database need not survive a power cut; every test makes and drops one.
POSTGRES_OPTIONS = (
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
)
IN_MEMORY = "--in-memory"
MEMORY = Path("/dev/shm")
ROOM = 4 << 30
"""Bytes that must be free in memory before anything is put there."""
DURABLE = "-c max_connections=200"
"""The server's own settings, for tests of what survives."""


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tool(name: str) -> str | None:
    """A PostgreSQL program: on the path, or where Debian hides the newest version's."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(debian[-1]) if debian else None)


def _needed(name: str) -> str:
    found = _tool(name)
    if found is None:
        raise RuntimeError("PostgreSQL is not installed (apt-get install postgresql)")
    return found


def _as_postgres(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root: root becomes `postgres` for it."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


def _run(command: list[str], folder: str) -> None:
    done = subprocess.run(
        _as_postgres(command), cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}")


@dataclass
class Postgresql:
    """A PostgreSQL server of our own in a folder; `options` are its settings."""

    folder: str
    port: int
    options: str

    @property
    def url(self) -> str:
        """The URL of its maintenance database."""
        return f"postgresql://bihuan@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        """Write its data folder."""
        choices = ("-U", "bihuan", "-A", "trust", "-E", "UTF8", "-N")
        _run([_needed("initdb"), "-D", f"{self.folder}/data", *choices], self.folder)

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-h 127.0.0.1 -p {self.port} -k {self.folder} {self.options}"
        self._control("-l", f"{self.folder}/log", "-w", "-t", "60", "-o", options, "start")

    def stop(self) -> None:
        """Stop it without leave-taking; nothing happens if it does not run."""
        with contextlib.suppress(RuntimeError):
            self._control("-m", "immediate", "stop")

    def kill(self) -> None:
        """As a power cut would: `kill -9` for every process of it."""
        pid = int(Path(f"{self.folder}/data/postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for one in (pid, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        for one in (pid, *map(int, children)):
            _await_end(one)
        # Where nobody asks for its exit code, as in many containers, its number stays taken and
        # these files would say that it still runs.
        Path(f"{self.folder}/data/postmaster.pid").unlink()
        Path(f"{self.folder}/.s.PGSQL.{self.port}.lock").unlink(missing_ok=True)

    def _control(self, *words: str) -> None:
        _run([_needed("pg_ctl"), "-D", f"{self.folder}/data", *words], self.folder)


def _await_end(pid: int, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while _is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)


def _is_alive(pid: int) -> bool:
    """Whether a process exists and is more than an exit code that nobody has asked for."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@contextlib.contextmanager
def postgresql_server(options: str = POSTGRES_OPTIONS) -> Iterator[Postgresql]:
    """A running PostgreSQL of our own, which may be killed and started again."""
    folder = tempfile.mkdtemp(prefix="bihuan-pg-")
    server = Postgresql(folder, free_port(), options)
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL of our own; gives the URL of its maintenance database."""
    with postgresql_server() as server:
        yield server.url


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


@contextlib.contextmanager
def in_memory() -> Iterator[dict[str, str]]:
    """Make temporary files in memory, if there is room; gives the variable that tells others."""
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="bihuan-", dir=MEMORY) as folder:
        Path(folder).chmod(0o711)  # PostgreSQL passes through it as another user
        tempfile.tempdir = folder
        yield {"TMPDIR": folder}
        tempfile.tempdir = None


def main(argv: list[str]) -> int:
    """Run the command after `--` beside running services and return its exit code."""
    quick = argv[:1] == [IN_MEMORY]
    rest = argv[quick:]
    command = rest[1:] if rest[:1] == ["--"] else rest
    if not command:
        print(f"usage: python -m tests.services [{IN_MEMORY}] -- command …", file=sys.stderr)
        return 2
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(in_memory()) if quick else {}
        environ = {**os.environ, **place, **stack.enter_context(services())}
        return subprocess.run(command, env=environ, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
