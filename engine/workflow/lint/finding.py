"""A finding: what is wrong with a diagram, where, and how badly."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning"]
_LEVELS: dict[Severity, str] = {"error": "错误", "warning": "提醒"}


@dataclass(frozen=True, order=True)
class Finding:
    """`element` is a BPMN id (empty: the whole file), `code` is stable; `message` is for people,
    in Chinese, and `english` says the same."""

    file: str
    element: str
    severity: Severity
    code: str
    message: str
    english: str

    def said(self, language: str) -> str:
        """The message in that language (`zh`, `en`)."""
        return self.english if language == "en" else self.message

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return asdict(self)

    def line(self, language: str) -> str:
        """One line: how bad, where, what."""
        where = f"{self.file}#{self.element}" if self.element else self.file
        level = _LEVELS[self.severity] if language == "zh" else self.severity
        return f"{level} {where} [{self.code}] {self.said(language)}"

    def __str__(self) -> str:
        return self.line("zh")
