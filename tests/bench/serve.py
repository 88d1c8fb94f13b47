"""How soon `bihuan serve` answers on an installation that was prepared before."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from engine.settings import ROOT


def bench_serve(runs: int = 3) -> dict[str, Any]:
    """Median seconds from starting the command to the first answered page (goal: at most 3 s)."""
    from tests.services import free_port

    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        env = os.environ | {"BIHUAN_VAR": folder, "BIHUAN_PORT": str(port), "BIHUAN_DEMO": "0"}
        first = _start(env, port)
        later = [_start(env, port) for _ in range(runs)]
    return {
        "first_s": round(first, 2),
        "again_s": round(statistics.median(later), 2),
        "goal_s": 3,
    }


def _start(env: dict[str, str], port: int) -> float:
    began = time.perf_counter()
    server = subprocess.Popen(
        [str(Path(ROOT) / "bihuan"), "serve"],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            if server.poll() is not None:
                raise RuntimeError(f"serve ended with {server.returncode}")
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
                return time.perf_counter() - began
            except urllib.error.HTTPError:
                return time.perf_counter() - began
            except OSError:
                time.sleep(0.02)
    finally:
        server.terminate()
        server.wait(20)
