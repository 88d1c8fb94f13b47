"""Packs from their folder: every part checked, every guard compiled and tried."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType

from engine import feel
from engine.errors import BihuanError, Invalid
from engine.people.roles import BUSINESS
from engine.projects.packs.model import (
    DIMENSIONS,
    DIRECTIONS,
    OFFICIAL_LEVELS,
    DocumentKind,
    Gate,
    Guard,
    LibraryIndicator,
    Pack,
    SubLibrary,
)
from engine.projects.packs.reading import Section, read_yaml
from engine.projects.rules import STAGES
from engine.settings import load

KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
ALWAYS_KNOWN = ("资金总额",)
EXECUTION = "预算执行率"


def load_packs(folder: Path) -> dict[str, Pack]:
    """The packs of a folder by type; `Invalid` names the file and the key that is wrong."""
    files = sorted(folder.glob("*/pack.yaml"))
    if not files:
        raise Invalid("{folder} 中没有项目类型包", folder=folder)
    packs = {path.parent.name: _pack(path) for path in files}
    _different(
        ((one.code, pack.key) for pack in packs.values() for one in pack.indicators), "指标编码"
    )
    return packs


@cache
def packs_of(folder: Path) -> Mapping[str, Pack]:
    """The packs of a folder, read once by this process; errors as `load_packs`."""
    return MappingProxyType(load_packs(folder))


def installed_packs() -> Mapping[str, Pack]:
    """The packs of this installation, read once."""
    return packs_of(load().bpmn / "packs")


def _pack(path: Path) -> Pack:
    section = read_yaml(path)
    if _key(section) != path.parent.name:
        raise section.wrong(f"应当与文件夹名“{path.parent.name}”相同", "key")
    schemes = _schemes(section.section("schemes"))
    pack = Pack(
        key=path.parent.name,
        name=section.text("name"),
        summary=section.text("summary"),
        gates=tuple(_gates(section.section("gates"))),
        libraries=_libraries(section, path.parent),
        schemes=schemes,
        scheme=section.text("scheme", tuple(schemes)),
        forms=_forms(section.section("forms")),
    )
    section.close()
    _try_guards(pack, section.file)
    return pack


def _key(section: Section) -> str:
    key = section.text("key")
    if not KEY.fullmatch(key):
        raise section.wrong(f"“{key}”应当是小写英文字母、数字和下划线", "key")
    return key


def _different(found: Iterable[tuple[str, str]], what: str) -> None:
    """Refuse a second use of a key; the pairs are (key, where)."""
    seen: dict[str, str] = {}
    for key, where in found:
        if key in seen:
            raise Invalid(
                "{where}：{what}“{key}”重复，已用于 {other}",
                where=where,
                what=what,
                key=key,
                other=seen[key],
                field=key,
            )
        seen[key] = where


def _gates(section: Section) -> list[Gate]:
    gates = [
        _gate(part, stage)
        for stage in STAGES
        for part in section.sections(stage)
    ]  # fmt: skip
    section.close()
    _different(((gate.key, f"{section.file} 的 {gate.stage}") for gate in gates), "关口")
    return gates


def _gate(part: Section, stage: str) -> Gate:
    gate = Gate(
        key=_key(part),
        name=part.text("name"),
        stage=stage,
        gatekeeper=part.text("gatekeeper", sorted(BUSINESS)),
        documents=tuple(_document(one) for one in part.sections("documents")),
        figures=part.texts("figures"),
        guards=tuple(_guard(one) for one in part.sections("guards")),
    )
    part.close()
    if not gate.documents:
        raise part.wrong("缺少材料清单", "documents")
    where = f"{part.file} 的 {part.path}"
    _different(((one.key, where) for one in gate.documents), "材料")
    _different(((one.key, where) for one in gate.guards), "数字关卡")
    return gate


def _document(part: Section) -> DocumentKind:
    kind = DocumentKind(_key(part), part.text("name"), part.flag("required", default=True))
    part.close()
    return kind


def _guard(part: Section) -> Guard:
    when = part.text("when")
    try:
        expression = feel.compile(when)
    except BihuanError as error:
        raise part.wrong(f"不是有效的表达式：{error.message}", "when") from error
    guard = Guard(
        key=_key(part),
        when=when,
        message=part.text("message"),
        severity="block" if part.text("severity", ("block", "warn")) == "block" else "warn",
        expression=expression,
    )
    part.close()
    return guard


def _try_guards(pack: Pack, file: str) -> None:
    """Each guard must give yes or no once all figures that the pack asks for are known."""
    known = {name for gate in pack.gates for name in gate.figures} | set(ALWAYS_KNOWN)
    figures = dict.fromkeys(known, Decimal(1))
    for gate in pack.gates:
        for guard in gate.guards:
            tried = guard.expression.explain(figures)
            if not isinstance(tried.value, bool):
                why = tried.error or f"结果是 {tried.value}，不是真或假"
                raise Invalid(
                    "{file}：数字关卡 {gate}.{guard}：{why}",
                    file=file,
                    gate=gate.key,
                    guard=guard.key,
                    why=why,
                    field=guard.key,
                )


def _libraries(section: Section, folder: Path) -> tuple[SubLibrary, ...]:
    names = section.texts("libraries")
    if not names:
        raise section.wrong("缺少指标库", "libraries")
    for name in names:
        if not KEY.fullmatch(name):
            raise section.wrong(f"“{name}”不是文件名", "libraries")
    return tuple(_library(folder / f"{name}.yaml") for name in names)


def _library(path: Path) -> SubLibrary:
    section = read_yaml(path)
    library = SubLibrary(
        key=_key(section),
        name=section.text("name"),
        indicators=tuple(_indicator(part) for part in section.sections("indicators")),
    )
    section.close()
    if not library.indicators:
        raise section.wrong("缺少指标", "indicators")
    return library


def _indicator(part: Section) -> LibraryIndicator:
    level1 = part.text("level1", tuple(OFFICIAL_LEVELS))
    indicator = LibraryIndicator(
        code=part.text("code"),
        name=part.text("name"),
        dim4=part.text("dim4", DIMENSIONS),
        level1=level1,
        level2=part.text("level2", OFFICIAL_LEVELS[level1]),
        unit=part.text("unit", empty=True),
        direction=part.text("direction", tuple(DIRECTIONS)),
        formula=part.text("formula"),
        target=part.text("target"),
        source=part.text("source"),
    )
    part.close()
    return indicator


def _schemes(section: Section) -> Mapping[str, Mapping[str, Decimal]]:
    schemes: dict[str, Mapping[str, Decimal]] = {}
    for name, _ in section.named():
        weights = section.section(name)
        found = {key: weights.decimal(key) for key, _ in weights.named()}
        unknown = set(found) - set(OFFICIAL_LEVELS) - {EXECUTION}
        if unknown:
            raise weights.wrong("不是一级指标", min(unknown))
        if sum(found.values()) != 100:
            raise weights.wrong(f"的权重合计是 {sum(found.values())}，应当是 100")
        schemes[name] = MappingProxyType(found)
    return MappingProxyType(schemes)


def _forms(section: Section) -> Mapping[str, str]:
    return MappingProxyType({task: section.text(task) for task, _ in section.named()})
