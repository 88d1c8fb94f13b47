"""A closure record written by hand: twenty indicators, four funding lines, one rectification."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from reports.closure import (
    Approval,
    BudgetRow,
    ClosureRecord,
    IndicatorRow,
    ProjectFacts,
    Rectification,
    ReportTexts,
    Signatories,
)

AT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)

_BUDGET = (
    ("年度资金总额", "36950000", "38120000.50", "32852160.43", True),
    ("其中：当年财政拨款", "30000000", "30000000", "27100000", False),
    ("　　　上年结转", "5000000", "6170000.50", "5752160.43", False),
    ("　　　其他资金", None, None, None, False),
)

_INDICATORS = (
    ("产出指标", "数量指标", "加装电梯台数", "≥12台", "≥12台", "12台", "10"),
    ("产出指标", "数量指标", "改造楼栋数", "≥36栋", "≥38栋", "38栋", "5"),
    ("产出指标", "数量指标", "惠及居民户数", "≥1785户", "≥1785户", "1806户", "5"),
    ("产出指标", "数量指标", "更换老旧管线长度", "≥4200米", "≥4200米", "4350米", "5"),
    ("产出指标", "质量指标", "工程验收合格率", "=100%", "=100%", "100%", "5"),
    ("产出指标", "质量指标", "一次验收通过率", "≥95%", "≥95%", "91.67%", "5"),
    ("产出指标", "质量指标", "安全事故次数", "=0次", "=0次", "0次", "5"),
    ("产出指标", "时效指标", "开工及时率", "=100%", "=100%", "100%", "3"),
    ("产出指标", "时效指标", "项目完工时间", "2026年9月底前", "2026年10月底前", "2026年10月", "4"),
    ("产出指标", "时效指标", "资金支付及时率", "≥95%", "≥95%", "96.2%", "3"),
    ("成本指标", "经济成本指标", "单台平均造价", "≤75万元", "≤75万元", "73.8万元", "5"),
    ("成本指标", "经济成本指标", "概算控制率", "≤100%", "≤100%", "98.4%", "5"),
    ("成本指标", "社会成本指标", "施工扰民投诉件数", "≤10件", "≤10件", "12件", "4"),
    ("成本指标", "生态环境成本指标", "建筑垃圾资源化率", "≥60%", "≥60%", "72%", "3"),
    ("效益指标", "社会效益指标", "老年人出行便利度提升", "显著提升", "显著提升", "达成预期", "5"),
    ("效益指标", "社会效益指标", "平均办理周期缩短", "≥15天", "≥15天", "20天", "4"),
    ("效益指标", "可持续影响指标", "长效维护机制", "建立", "建立", "已建立", "4"),
    ("效益指标", "生态效益指标", "小区绿化恢复率", "≥98%", "≥98%", "98.5%", "3"),
    ("满意度指标", "服务对象满意度", "居民满意度", "≥90%", "≥90%", "93.6%", "4"),
    ("满意度指标", "服务对象满意度", "居委会满意度", "≥90%", "≥90%", "88%", "3"),
)

_SHORT = {
    "一次验收通过率": ("4.82", "4.82", "", "一台电梯因井道尺寸偏差复验，已在两周内整改通过。"),
    "施工扰民投诉件数": ("3.20", "3.20", "", "夜间吊装两次引发投诉，已改为白天作业并提前公告。"),
    "居委会满意度": ("2.93", "2.50", "访谈记录不足，酌情扣减", "一处居委会反映沟通不够及时。"),
}


def indicators() -> tuple[IndicatorRow, ...]:
    """The twenty rows; three of them lose points."""
    return tuple(_indicator(*row) for row in _INDICATORS)


def _indicator(
    level1: str, level2: str, name: str, initial: str, adjusted: str, actual: str, weight: str
) -> IndicatorRow:
    proposed, accepted, reason, deviation = _SHORT.get(name, (weight, weight, "", ""))
    return IndicatorRow(
        level1=level1,
        level2=level2,
        level3=name,
        target_initial=initial,
        target_adjusted=adjusted,
        actual=actual,
        weight=Decimal(weight),
        proposed=Decimal(proposed),
        accepted=Decimal(accepted),
        reason=reason,
        deviation_reason=deviation,
    )


def _money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def budget(year: int = 2026) -> tuple[BudgetRow, ...]:
    """The funding lines of one year; only the total line is scored."""
    return tuple(
        BudgetRow(
            year=year,
            line=line,
            initial=_money(a),
            adjusted=_money(b),
            executed=_money(c),
            weight=Decimal(10) if total else None,
            rate=Decimal("0.8618") if total else None,
            score=Decimal("8.62") if total else None,
            total=total,
        )
        for line, a, b, c, total in _BUDGET
    )


def record(**changes: object) -> ClosureRecord:
    """The sample record, with any of its fields changed."""
    values: dict[str, object] = {
        "document_number": "MHJX-2026-0017",
        "project": ProjectFacts(
            name="江川路街道老旧小区加装电梯及综合改造项目",
            code="2026-310112-47-01-000017",
            type="城建类",
            unit="江川路街道办事处",
            department="闵行区住房保障和房屋管理局",
            years=(2026,),
            manager="顾明远",
            place="闵行区江川路街道鹤庆路、红旗新村",
        ),
        "budget": budget(),
        "goal_expected": "年内完成 12 台电梯加装和 38 栋楼综合改造，惠及居民 1785 户。",
        "goal_actual": "12 台电梯全部投入使用，38 栋楼完成改造，惠及居民 1806 户。",
        "indicators": indicators(),
        "total": Decimal("97.14"),
        "grade": "优",
        "texts": _texts(),
        "approvals": _approvals(),
        "rectifications": _rectifications(),
        "path_svg": "",
        "ledger_head": "b3f1" * 16,
        "issued_at": AT,
        "verdict_url": "https://jx.example.gov.cn/verdict",
        "organisation": "闵行区财政局",
        "signatories": Signatories(
            "陆晓燕", "沈国强", "顾明远", "021-5400 1234", date(2026, 11, 12)
        ),
        "demonstration": True,
    }
    return ClosureRecord(**{**values, **changes})  # type: ignore[arg-type]  # changed by name


def _texts() -> ReportTexts:
    paragraph = (
        "项目于2026年3月开工，10月底完成全部建设内容并通过竣工验收。街道采用“线上预审+现场联审”"
        "的办法，平均办理周期比全区缩短20天；资金按进度拨付，未发现截留、挤占、挪用情况。"
    )
    return ReportTexts(
        overview=paragraph * 2,
        work=f"评价以单位自评为基础，采用比较法、因素分析法和公众评判法。\n{paragraph}",
        conclusion=f"项目总体完成情况良好。\n{paragraph}",
        analysis=paragraph,
        experience=f"主要经验：流程前移、联审联办。\n存在问题：夜间施工组织不够细致。\n{paragraph}",
        advice="建议将加装电梯的前期协商纳入社区自治事项，提前一个季度开展意愿征询。",
        self_report=paragraph,
    )


def _approvals() -> tuple[Approval, ...]:
    def made(
        stage: str, node: str, who: str, role: str, verb: str, opinion: str, n: int = 1
    ) -> Approval:
        return Approval(stage, node, who, role, verb, opinion, AT, n)

    return (
        made("结项评估", "提交自评", "陆晓燕", "项目单位经办人", "提交", "自评材料齐全。"),
        made("结项评估", "单位审核", "沈国强", "项目单位负责人", "退回", "请补充居委会访谈记录。"),
        made("结项评估", "单位审核", "沈国强", "项目单位负责人", "同意", "材料已补充。", 2),
        made(
            "结项评估",
            "主管部门审核",
            "周立文",
            "主管部门审核人",
            "同意",
            "同意自评结论，报区财政局。",
        ),
        made(
            "结项评估", "财政复核", "许佳宁", "区财政局绩效科", "同意", "审定得分 97.14，等级优。"
        ),
        made("结项评估", "签发", "何建平", "区财政局分管领导", "签发", "同意办结。"),
    )


def _rectifications() -> tuple[Rectification, ...]:
    return (
        Rectification(
            number="ZG-2026-0031",
            source="监控",
            problem="截至6月底预算执行率 38 %，低于序时进度 12 个百分点。",
            requirement="7月底前完成已完工程量的审价和支付，执行率回到序时进度。",
            measures="与财务监理每周对账，按月支付进度款。",
            feedback="7月29日支付进度款 612 万元，执行率升至 61 %。",
            review="佐证齐全，整改到位，予以销号。",
            closed_by="许佳宁",
            closed_at=AT,
        ),
    )
