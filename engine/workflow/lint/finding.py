"""A finding: what is wrong with a diagram, where, and how badly."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning"]
Path = tuple[str, ...]
_LEVELS: dict[Severity, str] = {"error": "错误", "warning": "提醒"}


@dataclass(frozen=True, order=True)
class Finding:
    """`element` is a BPMN id (empty: the whole file), `rule` is stable; `message` is for people,
    in Chinese, and `english` says the same. `path` are the nodes that lead there from the start."""

    file: str
    element: str
    severity: Severity
    rule: str
    message: str
    english: str
    path: Path = ()

    def said(self, language: str) -> str:
        """The message in that language (`zh`, `en`)."""
        return self.english if language == "en" else self.message

    def as_dict(self) -> dict[str, str | Path]:
        """For JSON, beside the name of the file."""
        return {name: value for name, value in asdict(self).items() if name != "file"}

    def line(self, language: str) -> str:
        """One line: how bad, where, what."""
        where = f"{self.file}#{self.element}" if self.element else self.file
        level = _LEVELS[self.severity] if language == "zh" else self.severity
        return f"{level} {where} [{self.rule}] {self.said(language)}"

    def __str__(self) -> str:
        return self.line("zh")
