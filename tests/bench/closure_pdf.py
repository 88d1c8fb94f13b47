"""How long the closure document takes: rendering, and rendering with its seal."""

from __future__ import annotations

import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def bench_closure_pdf(runs: int = 3) -> dict[str, Any]:
    """Median seconds of rendering and of the whole issue (goal: at most 6 s), and the size."""
    began = time.perf_counter()
    from reports.authority import open_authority
    from reports.closure.document import issue, render
    from tests.unit.reports.sample import record

    imports = time.perf_counter() - began
    now = datetime.now(UTC)
    sample = record(issued_at=now)
    with tempfile.TemporaryDirectory() as folder:
        authority = open_authority(Path(folder), sample.organisation)
        signer = authority.signer(sample.organisation, now)
        clock, trust = authority.timestamper(lambda: datetime.now(UTC)), authority.trust(now)
        plain = [_timed(lambda: render(sample)) for _ in range(runs)]
        whole = [_timed(lambda: issue(sample, signer, clock, trust)) for _ in range(runs)]
    return {
        "imports_s": round(imports, 2),
        "render_s": round(statistics.median(one[0] for one in plain), 2),
        "issue_s": round(statistics.median(one[0] for one in whole), 2),
        "bytes": len(whole[0][1]),
        "goal_s": 6,
    }


def _timed(act: Any) -> tuple[float, bytes]:
    began = time.perf_counter()
    made: bytes = act()
    return time.perf_counter() - began, made
