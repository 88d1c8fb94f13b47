"""What those who keep the system may read: machines' texts, with the projects' names masked."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.projects.models import Project
from forms.text import _

LINE = 100
"""Characters of an error's one line."""
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclass(frozen=True)
class Mask:
    """The names that are not to be read here, the longest first, with what stands instead."""

    names: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, session: Session) -> Mask:
        """All projects' names."""
        rows = session.execute(select(Project.id, Project.name).where(Project.name != ""))
        named = sorted(rows, key=lambda row: len(row.name), reverse=True)
        return cls(tuple((row.name, _("项目 %(id)s", id=row.id)) for row in named))

    def of_matter(self, title: str, subject: str) -> str:
        """A process's title: where names are masked, nothing of it but the project's number.

        What stands beside the name says what is the matter with the project.
        """
        kind, _colon, number = subject.partition(":")
        if self.names and kind == "project":
            return _("项目 %(id)s", id=number)
        return self(title)

    def __call__(self, text: str) -> str:
        """The text without any project's name."""
        for name, instead in self.names:
            if name in text:
                text = text.replace(name, instead)
        return text


def readable(text: str) -> str:
    """A machine's text: escapes of letters resolved, what could disturb the reader made visible."""
    resolved = _ESCAPED.sub(_letter, text)
    return "".join(one if one in "\n\t" else _visible(one) for one in resolved)


def _letter(found: re.Match[str]) -> str:
    letter = chr(int(found[1], 16))
    return letter if unicodedata.category(letter)[0] in "LN" else found[0]


def _visible(letter: str) -> str:
    if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
        return f"\\u{ord(letter):04x}"
    return letter


def one_line(text: str) -> str:
    """The first line, cut where it gets long."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return first if len(first) <= LINE else f"{first[: LINE - 1]}…"
