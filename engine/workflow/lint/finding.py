"""A finding: what is wrong with a diagram, where, and how badly."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class Finding:
    """`element` is a BPMN id (empty: the whole file), `code` is stable, `message` for people."""

    file: str
    element: str
    severity: Severity
    code: str
    message: str

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return asdict(self)

    def __str__(self) -> str:
        where = f"{self.file}#{self.element}" if self.element else self.file
        level = "错误" if self.severity == "error" else "提醒"
        return f"{level} {where} [{self.code}] {self.message}"
