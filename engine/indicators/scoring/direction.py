"""Which way is better: by the comparator, else by what the indicator's name says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from engine.indicators.scoring.quantity import Quantity, comparator_in
from engine.indicators.scoring.text import normalise

Direction = Literal["higher", "lower", "equal"]

BY_COMPARATOR: Final[dict[str, Direction]] = {
    "≥": "higher",
    ">": "higher",
    "≤": "lower",
    "<": "lower",
    "=": "equal",
}
_TAIL = r"(?:率|度|数|数量|次数|比例|比|情况|程度|性|额|量)?$"
_HIGHER = re.compile(
    r"(?:完成|达标|合格|及时|准时|执行|到位|处理|处置|办结|查处|查办|查结|结案|整改|修复|排除|排查|覆盖|满意|节约|节省|降低|下降|减少|"
    r"压减|削减|治理|整治|防治|治愈|救治|保障|防控|防范|有效|回复|答复|回访|解决|化解|调解|利用|使用|兑现|兑付|拨付|支付|发放|公开|知晓|合规|达成|"
    r"实现|回收|净化|监测|监控|报告|上报|应对|达产|无害化|资源化|稳定|存活|成活|保存|保有|巡查|检查|演练|培训|宣传|受理|响应|收缴|征收|稽查)"
    + _TAIL
)
_LOWER = re.compile(
    r"成本|费用|单价|造价|开支|能耗|耗电|耗水|耗能|耗时|排放|投诉|信访|上访|结余|结转|调整率|变动率|差错|误差|偏差|偏离|失误|错误|"
    r"事故|伤亡|死亡|火灾|案件发生|发案|逾期|超期|延期|延误|超支|空置|失业|流失|辍学|(?<!防)(?<!防止)返贫|贫困发生|发病|患病|感染|缺陷|故障|"
    r"投诉率|违规|违纪|违法|舆情|损失|损耗|漏损|漏报|误报|退件|返工|浪费|工期|时限|时长上限|响应时间|办理时间|等待时间|"
    r"处理时间|完成时间|完成天数|办理天数|噪[声音]|pm2\.5|发生率|发生数|发生次数|发生起数|债务率|负债率|占用率|预算控制|经费控制|控制数"
)
_ACTIVE = re.compile(
    r"^(?:开展|组织|查处|查办|整治|整改|处置|处理|办理|救治|救助|帮扶|资助|修复|化解|排查|排除|防|预防|挽回|避免|减少|降低|节约|压减|培训)"
    r"(?!.*(?:成本|费用|时间|时限|天数|单价)$)"
)
_CONTROL = re.compile(r"控制(?:率|数|情况|度)")
_CONTROL_OF_ILLS = re.compile(
    r"血压|血糖|疾病|糖尿|患者|疫情|病虫|有害|传染|病媒|质量控制|风险|规范"
)
_LESSENING = re.compile(r"^(?:节约|减少|降低|压减|避免|挽回)")
_QUANTITY_LEVEL = re.compile(r"数量|满意度")
_RATE = re.compile(r"(?:率|满意度|知晓度|认可度|支持度|比例|占比|比重|百分比)(?:\(%\))?$|\(%\)$")
_BRACKETS = re.compile(r"\([^()]*\)")


@dataclass(frozen=True)
class Way:
    """A direction with how it was found; `flags` says what had to be guessed."""

    direction: Direction
    flags: tuple[str, ...] = ()


def is_rate(name: str) -> bool:
    """Whether an indicator's name says that its values are percentages."""
    return _RATE.search(normalise(name)) is not None


def lower_by_name(name: str, level2: str = "") -> bool:
    """Whether less is better by name alone: 成本, 控制率, 结余率, 投诉 … but not 投诉处理率."""
    plain = _BRACKETS.sub("", normalise(name)).strip("★☆*·# ")
    costs = "成本" in normalise(level2)
    if _HIGHER.search(plain) or (_LESSENING if costs else _ACTIVE).match(plain):
        return False
    if _CONTROL.search(plain):
        return not _CONTROL_OF_ILLS.search(plain)
    if _LOWER.search(plain):
        return True
    return costs and not plain.endswith(("率", "度"))


def find_way(target: Quantity, name: str, level2: str) -> Way:
    """The direction of a target: its sign, the sign in the name, the name, else higher."""
    sign = target.comparator or comparator_in(name)
    lower = lower_by_name(name, level2)
    if sign is not None:
        flags = () if target.comparator else ("comparator_in_name",)
        return Way(BY_COMPARATOR[sign], (*flags, *_suspect(sign, lower, level2)))
    if target.change:
        return Way("higher", ("no_comparator",))
    if lower or target.low.is_zero():
        return Way("lower", ("no_comparator", "direction_guessed"))
    return Way("higher", ("no_comparator",))


def _suspect(sign: str, lower: bool, level2: str) -> tuple[str, ...]:
    """Warn of a cost with ≥ or a quantity with ≤; the sign is kept as it stands."""
    if sign in "≥>" and lower:
        return ("direction_suspect",)
    if sign in "≤<" and not lower and _QUANTITY_LEVEL.search(normalise(level2)):
        return ("direction_suspect",)
    return ()
