"""Packs: what the shipped ones hold, how their guards decide, how a bad one is refused."""

from __future__ import annotations

import json
import re
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from engine.errors import Invalid
from engine.projects.packs import Guard, Pack, installed_packs, load_packs
from engine.projects.rules import STAGES
from engine.settings import ROOT

SHIPPED = ROOT / "bpmn" / "packs"
SCHEMAS = ROOT / "forms" / "schemas"
KINDS = ("construction", "industry", "service")

# What A.10–A.12 (and A.2's checklists) name, each by a word of the document that proves it.
CHAINS = {
    "construction": """
        储备入库 项目建议书 可行性研究报告批复 事前绩效评估报告 社会稳定风险评估
        初步设计及概算批复 施工图预算 财政评审 招标文件 中标通知书 施工许可证 开工报告 进度款
        变更签证 监理报告 财务监理 竣工（联合）验收 备案 工程结算审价 竣工财务决算批复 资产移交
        自评 后评价 档案 项目申报书 绩效目标申报表 预期绩效报告 法律法规 大政方针 发展规划
        实施方案 专家论证意见 预算及明细 主要材料设备 定额与取费标准 其他依据
    """,
    "industry": """
        申报通知 政策申请表 项目建设报告书 投资协议书 营业执照 合同（验原件） 街镇或园区评审函
        受理 信用 税务 环保 安全生产 重复享受 专家或第三方评审 现场核查 领导小组审议 公示 批复
        资金下达 扶持协议 首笔拨付 中期监管 验收核定 尾款 追回 自评 公平竞争审查 出台背景
        上位依据 同类政策对比 草案 征求意见汇总 合法性审查 资金测算 受益对象测算 听证
        绩效目标申报表 指标设定依据 实施方案 风险评估与防控
    """,
    "service": """
        需求调研 指导性目录 政府购买服务预算表 采购意向公开 采购需求审查 采购文件 中标 合同
        合同公告 考核记录 验收报告 付款凭证 满意度调查 自评 续签或退出
    """,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_document_of_the_chain_is_asked_for(kind: str) -> None:
    names = [one.name for gate in installed_packs()[kind].gates for one in gate.documents]
    missing = [word for word in CHAINS[kind].split() if not any(word in name for name in names)]
    assert missing == []


@pytest.mark.parametrize("kind", KINDS)
def test_each_stage_has_one_to_four_gates_in_the_order_of_the_stages(kind: str) -> None:
    stages = [gate.stage for gate in installed_packs()[kind].gates]
    assert stages == sorted(stages, key=list(STAGES).index)
    assert all(1 <= stages.count(stage) <= 4 for stage in STAGES)


def test_the_libraries_hold_all_indicators_of_the_tables() -> None:
    packs = installed_packs()
    found = {
        kind: {library.key: len(library.indicators) for library in packs[kind].libraries}
        for kind in KINDS
    }
    assert found == {
        "construction": {"construction": 18, "elevator": 16, "community": 17},
        "industry": {"industry": 17, "promotion": 17},
        "service": {"service": 15},
    }


def test_a_topic_brings_its_own_indicators_before_the_general_ones() -> None:
    pack = installed_packs()["construction"]
    assert pack.library_for("elevator")[0].code == "DT-01"
    assert pack.library_for("elevator")[-1] == pack.library[-1]
    assert pack.library_for("anything else") == pack.library
    assert pack.indicator("GZ-08") is not None
    assert pack.indicator("XX-01") is None


def test_what_only_monitoring_watches_is_not_declared() -> None:
    pack = installed_packs()["construction"]
    names = {one.code for one in pack.indicators if not one.declarable}
    assert {"CJ-03", "CJ-08", "CJ-11"} <= names
    assert all(one.declarable for one in pack.indicators if one.dim4 in {"产出", "结果"})


@pytest.mark.parametrize("kind", KINDS)
def test_the_forms_that_a_pack_names_exist(kind: str) -> None:
    forms = installed_packs()[kind].forms
    assert forms["declare_project"] == "declaration"
    assert all((SCHEMAS / f"{form}.json").is_file() for form in forms.values())


def guard(key: str, kind: str = "construction") -> Guard:
    gates = installed_packs()[kind].gates
    return next(one for gate in gates for one in gate.guards if one.key == key)


@pytest.mark.parametrize(
    ("key", "figures", "kept"),
    [
        ("estimate_exceeded", {"概算": "1100.00", "估算": "1000.00"}, True),
        ("estimate_exceeded", {"概算": "1100.01", "估算": "1000.00"}, False),
        ("contracts_and_variations", {"合同总额": "90", "变更累计": "10", "概算": "100"}, True),
        ("contracts_and_variations", {"合同总额": "90", "变更累计": "10.01", "概算": "100"}, False),
        ("investment_over", {"预计总投资": "100.01", "概算": "100"}, False),
        ("investment_far_over", {"预计总投资": "110", "概算": "100"}, True),
        ("investment_far_over", {"预计总投资": "110.01", "概算": "100"}, False),
        (
            "payments_beyond_contract",
            {"累计付款": "80.01", "合同总额": "90", "变更累计": "10", "合同约定付款百分比": "80"},
            False,
        ),
        ("retention_over", {"质量保证金": "3", "审定结算": "100"}, True),
    ],
)
def test_the_numeric_guards_of_construction(key: str, figures: dict[str, str], kept: bool) -> None:
    values = {name: Decimal(text) for name, text in figures.items()}
    assert guard(key).expression.evaluate(values) is kept


@pytest.mark.parametrize(
    ("kind", "key", "figures", "kept"),
    [
        ("industry", "first_payment_over", {"首笔拨付": "50", "批复扶持额": "100"}, True),
        ("industry", "first_payment_over", {"首笔拨付": "50.01", "批复扶持额": "100"}, False),
        ("industry", "publicity_short", {"公示工作日": "4"}, False),
        ("service", "intention_short", {"意向公开天数": "30"}, True),
        ("service", "contract_too_long", {"合同年限": "4"}, False),
    ],
)
def test_the_numeric_guards_of_the_other_types(
    kind: str, key: str, figures: dict[str, str], kept: bool
) -> None:
    values = {name: Decimal(text) for name, text in figures.items()}
    assert guard(key, kind).expression.evaluate(values) is kept


def test_a_guard_over_figures_that_nobody_gave_says_neither_yes_nor_no() -> None:
    assert guard("estimate_exceeded").expression.evaluate({"概算": Decimal(5)}) is None


@pytest.mark.parametrize("kind", KINDS)
def test_every_guard_speaks_of_figures_its_gate_asks_for(kind: str) -> None:
    for gate in installed_packs()[kind].gates:
        for one in gate.guards:
            assert set(one.expression.names) <= {*gate.figures, "资金总额"}, one.key


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "packs"))


def spoil(folder: Path, old: str, new: str, file: str = "construction/pack.yaml") -> str:
    """Change one text in a pack and tell how it is refused."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        load_packs(folder)
    return refused.value.message


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("gatekeeper: department_reviewer", "gatekeeper: nobody", r"declaration\[0\].gatekeeper"),
        ("gatekeeper: department_reviewer", "gate_keeper: x", r"declaration\[0\].gatekeeper"),
        ("name: 储备入库意见}", "name: 储备入库意见, need: true}", r"documents\[1\].need"),
        ("key: reserve_decision", "key: reserve_application", "reserve_application.*重复"),
        ("key: proposal\n", "key: reserve\n", "关口“reserve”重复"),
        ("概算 <= 估算 * 1.10", "概算 <= 估算 *", r"guards\[0\].when 不是有效的表达式"),
        ("概算 <= 估算 * 1.10", "概算 <= 估价 * 1.10", "estimate_exceeded.*估价"),
        ("概算 <= 估算 * 1.10", "概算 + 估算", "estimate_exceeded.*不是真或假"),
        ("severity: block", "severity: stop", "severity 是“stop”"),
        ("成本指标: 20", "成本指标: 21", "权重合计是 101"),
        ("成本指标: 20", "成本: 20", "schemes.standard_with_cost.成本 不是一级指标"),
        ("scheme: standard_with_cost", "scheme: other", "scheme 是“other”"),
        ("key: construction", "key: industry", "应当与文件夹名“construction”相同"),
        ("name: 城建类", "name: 城建类\nname: 又一个", "键“name”重复"),
        ("libraries: [library,", "libraries: [library, nowhere,", "nowhere.yaml：读不到文件"),
        ("libraries: [library,", "libraries: [../library,", "libraries “../library”不是文件名"),
        ("  implementation:", "  building:", "gates.building 是不认识的键"),
        ("figures: [估算]", "figures: [估算, 估算]", "figures 有重复"),
        ("gates:\n", "gates: [\n", "construction/pack.yaml：不是有效的 YAML"),
        (", required: false", ", required: 不必", "required 应当是 true 或 false"),
    ],
)
def test_a_bad_pack_is_refused_by_file_and_key(folder: Path, old: str, new: str, told: str) -> None:
    message = spoil(folder, old, new)
    assert re.search(told, message), message
    assert "construction" in message


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("dim4: 投入", "dim4: 输入", r"library.yaml：indicators\[0\].dim4 是“输入”"),
        ("level2: 经济成本指标", "level2: 数量指标", r"indicators\[0\].level2"),
        ("direction: equal", "direction: up", r"indicators\[0\].direction"),
        ("code: CJ-02", "code: CJ-01", "指标编码“CJ-01”重复"),
        ("indicators:", "rows:", "rows 是不认识的键"),
    ],
)
def test_a_bad_library_is_refused_by_file_and_key(
    folder: Path, old: str, new: str, told: str
) -> None:
    assert re.search(told, spoil(folder, old, new, "construction/library.yaml"))


def test_a_folder_without_packs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        load_packs(tmp_path)


def test_packs_are_read_once() -> None:
    assert installed_packs() is installed_packs()
    assert all(isinstance(pack, Pack) for pack in installed_packs().values())


def test_the_schemas_of_the_forms_are_form_js_with_different_ids_and_chinese_labels() -> None:
    for path in sorted(SCHEMAS.glob("*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        assert (schema["type"], schema["id"]) == ("default", path.stem)
        parts = schema["components"] + [
            inner for part in schema["components"] for inner in part.get("components", [])
        ]
        ids = [part["id"] for part in parts]
        assert len(set(ids)) == len(ids), path.name
        told = [part.get("label") or part.get("text", "") for part in parts]
        assert all(re.search(r"[一-鿿]", text) for text in told), path.name
