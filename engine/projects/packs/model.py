"""The parts of a pack, immutable once loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from engine import feel

Severity = Literal["block", "warn"]

DIMENSIONS = ("投入", "过程", "产出", "结果")
DIRECTIONS: dict[str, str] = {
    "higher": "越高越好",
    "lower": "越低越好",
    "equal": "等于",
    "qualitative": "定性",
}
# Targets and self-evaluation by 财预〔2021〕101号; 过程 is of 财预〔2020〕10号's evaluation frame.
OFFICIAL_LEVELS: dict[str, tuple[str, ...]] = {
    "成本指标": ("经济成本指标", "社会成本指标", "生态环境成本指标"),
    "产出指标": ("数量指标", "质量指标", "时效指标"),
    "效益指标": ("经济效益指标", "社会效益指标", "生态效益指标", "可持续影响指标"),
    "满意度指标": ("服务对象满意度指标",),
    "过程": ("资金管理", "组织实施"),
}
ONLY_MONITORED = "过程"


@dataclass(frozen=True)
class DocumentKind:
    """A document that a gate asks for."""

    key: str
    name: str
    required: bool = True


@dataclass(frozen=True)
class Guard:
    """A rule over a project's figures (A.10); it is kept while `expression` is true.

    A figure that nobody has given makes it null, which breaks nothing. `block` stops the gate,
    `warn` is only said.
    """

    key: str
    when: str
    message: str
    severity: Severity
    expression: feel.Expression


@dataclass(frozen=True)
class Gate:
    """A gate of a stage: who keeps it, what must be handed in, which figures are asked for."""

    key: str
    name: str
    stage: str
    gatekeeper: str
    documents: tuple[DocumentKind, ...]
    figures: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True)
class LibraryIndicator:
    """An indicator that a project may take over (C.0).

    `dim4` is the district's dimension, `level1` and `level2` the official names; `target` an
    example value or where the value comes from; `source` the code of the data's origin.
    """

    code: str
    name: str
    dim4: str
    level1: str
    level2: str
    unit: str
    direction: str
    formula: str
    target: str
    source: str

    @property
    def declarable(self) -> bool:
        """Whether it has a place in the target form; what only monitoring watches has none."""
        return self.level1 != ONLY_MONITORED


@dataclass(frozen=True)
class SubLibrary:
    """A named library of indicators, for a whole type or for one topic of it."""

    key: str
    name: str
    indicators: tuple[LibraryIndicator, ...]


@dataclass(frozen=True)
class Pack:
    """A type of project. `gates` are in the order of the stages; `libraries` begin with the type's.

    `schemes` are the weights of the level-1 indicators (sum 100), `scheme` the usual one; `forms`
    name the form of each task.
    """

    key: str
    name: str
    summary: str
    gates: tuple[Gate, ...]
    libraries: tuple[SubLibrary, ...]
    schemes: Mapping[str, Mapping[str, Decimal]]
    scheme: str
    forms: Mapping[str, str]

    @property
    def library(self) -> tuple[LibraryIndicator, ...]:
        """The type's general library."""
        return self.libraries[0].indicators

    @property
    def indicators(self) -> tuple[LibraryIndicator, ...]:
        """The indicators of all its libraries."""
        return tuple(one for library in self.libraries for one in library.indicators)

    @property
    def topics(self) -> Mapping[str, str]:
        """The topics that have a library of their own, with its name."""
        return {library.key: library.name for library in self.libraries[1:]}

    def library_for(self, topic: str) -> tuple[LibraryIndicator, ...]:
        """A topic's own indicators and then the general ones; the general ones for any other."""
        own = next((one.indicators for one in self.libraries[1:] if one.key == topic), ())
        return own + self.library

    def indicator(self, code: str) -> LibraryIndicator | None:
        """The indicator of that code."""
        return next((one for one in self.indicators if one.code == code), None)
