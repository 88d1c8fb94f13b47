"""Keeps parts running: starts them, starts dead ones again, and stops all of them when told to."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from forms.serve.part import Part

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
GRACE = 20.0
HOPELESS = 4
"""Failures of one part, before everything was ready once, after which there is no point."""


@dataclass
class Supervisor:
    """Runs `parts` until a stop signal. `say` tells a person what happens; `ready` is polled."""

    parts: Sequence[Part]
    say: Callable[[str], None]
    ready: Callable[[], bool]
    when_ready: Callable[[], None]
    grace: float = GRACE
    _is_ready: bool = field(default=False, init=False)
    _stop: bool = field(default=False, init=False)

    def run(self) -> int:
        """0 after an orderly stop, 3 if a part never came up."""
        with self._signals() as woken:
            hopeless = self._keep_running(woken)
            self._finish(woken)
        return 3 if hopeless else 0

    def _keep_running(self, woken: int) -> bool:
        while not self._stop:
            now = time.monotonic()
            for part in self.parts:
                self._look_after(part, now)
            if not self._is_ready and self.ready():
                self._is_ready = True
                self.when_ready()
                continue
            if not self._is_ready and any(part.failures >= HOPELESS for part in self.parts):
                self.say("一再启动失败，已停止；原因见上方记录。")
                return True
            _wait(woken, 0.5 if self._is_ready else 0.05)
        return False

    def _look_after(self, part: Part, now: float) -> None:
        if part.running:
            code = part.ended(now)
            if code is not None:
                self.say(f"{part.name}意外结束（{_reason(code)}），{part.pause:g} 秒后重新启动。")
        elif now >= part.due and (self._is_ready or not part.waits):
            part.start(now)

    def _finish(self, woken: int) -> None:
        self._stop = False
        end = time.monotonic() + self.grace
        for part in self.parts:
            part.stop()
        while any(part.running for part in self.parts):
            for part in self.parts:
                if self._stop or time.monotonic() > end:  # told twice, or out of patience
                    part.kill()
                part.ended(time.monotonic())
            _wait(woken, 0.1)

    @contextmanager
    def _signals(self) -> Iterator[int]:
        """Signals end a wait at once; yields the descriptor that wakes."""
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        os.set_blocking(reader, False)
        before = {number: signal.getsignal(number) for number in (*STOPPING, signal.SIGCHLD)}
        previous = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in STOPPING:
            signal.signal(number, self._told_to_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        try:
            yield reader
        finally:
            signal.set_wakeup_fd(previous)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(reader)
            os.close(writer)

    def _told_to_stop(self, *_: object) -> None:
        self._stop = True


def _wait(woken: int, seconds: float) -> None:
    readable, _, _ = select.select([woken], [], [], seconds)
    if readable:
        os.read(woken, 4096)


def _reason(code: int) -> str:
    return f"信号 {-code}" if code < 0 else f"退出码 {code}"
