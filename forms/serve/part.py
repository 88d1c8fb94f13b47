"""One supervised part: a command, its process, and how long to wait before starting it again."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

PAUSES = (0.1, 0.5, 1.0, 2.0, 5.0)
STEADY = 20.0
"""Seconds of life after which an earlier failure no longer counts."""

_PR_SET_PDEATHSIG = 1


@dataclass
class Part:
    """A process that should always be there; one that `waits` first starts when all is ready.

    Times are seconds of the monotonic clock.
    """

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str]
    descriptors: tuple[int, ...] = ()
    waits: bool = False
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = field(default=0.0)

    @property
    def running(self) -> bool:
        """Whether its process has not been seen to end."""
        return self.process is not None

    def start(self, now: float) -> None:
        """Start it, leader of a process group of its own, so that all of it can be ended."""
        self.started = now
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            self.command,
            env=dict(self.environ),
            pass_fds=self.descriptors,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=partial(_end_with, os.getpid()),
        )

    def ended(self, now: float) -> int | None:
        """The exit code, once, when it has ended (negative: the signal); plans the next start."""
        code = self.process.poll() if self.process else None
        if code is None:
            return None
        self.kill()
        self.process = None
        self.failures = 1 if now - self.started > STEADY else self.failures + 1
        self.due = now + self.pause
        return code

    @property
    def pause(self) -> float:
        """How long to wait before the next start."""
        return PAUSES[min(self.failures, len(PAUSES)) - 1]

    def stop(self) -> None:
        """Ask it to finish what it does and end."""
        if self.process:
            self.process.terminate()

    def kill(self) -> None:
        """End what is left of its process group: a killed leader leaves workers behind."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _end_with(parent: int) -> None:
    """A supervisor that is killed leaves nobody behind who would hold the port."""
    if _libc:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before it could be watched
            os._exit(0)
