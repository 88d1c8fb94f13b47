"""The web process starts within seconds because the heavy libraries stay out of its way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
HEAVY = ("weasyprint", "pyhanko", "pikepdf", "fontTools")


@pytest.mark.parametrize(
    "module",
    [
        "reports.diagram",
        "reports.charts",
        "reports.closure",
        "reports.store",
        "reports.trust",
        "reports.authority",
        "reports.commands",
    ],
)
def test_what_a_page_needs_is_light(module: str) -> None:
    code = f"import sys, {module}; print([n for n in {HEAVY} if n in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
