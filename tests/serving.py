"""A real `bihuan serve` on a free port with its own data folder, for tests that need one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START = 60.0
SERVE = (sys.executable, "-c", "from engine.cli import main; main()", "serve")


@dataclass
class Served:
    """A running server: its address, its process, and the file that it writes to."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(cls, var: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> Served:
        """Start one and wait until it is ready; fails with what it wrote if it never is."""
        ready, log = var / "ready", var / "serve.log"
        var.mkdir(parents=True, exist_ok=True)
        told = {"BIHUAN_VAR": str(var), "BIHUAN_PORT": "0", "BIHUAN_DATABASE": ""}
        with log.open("wb") as file:
            process = subprocess.Popen(
                (*SERVE, "--ready-file", str(ready), *arguments),
                cwd=ROOT,
                env={**os.environ, **told, **(environ or {})},
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until(lambda: ready.exists() or process.poll() is not None, START)
            assert process.poll() is None, log.read_text()
        except BaseException:
            process.kill()
            raise
        return cls(ready.read_text().strip(), process, log)

    def children(self, word: str) -> list[int]:
        """The direct child processes whose command line holds `word`."""
        return [pid for pid in children_of(self.process.pid) if word in command_line(pid)]

    def stop(self) -> int:
        """Stop it as an init system does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


def children_of(pid: int) -> list[int]:
    """The processes that `pid` started and that are not reaped yet."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def command_line(pid: int) -> str:
    """The words a process was started with; nothing if it is gone."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""


def wait_until(true: Callable[[], object], seconds: float) -> None:
    """Return as soon as `true()` is; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"still not so after {seconds} s"
        time.sleep(0.02)
