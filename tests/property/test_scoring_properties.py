"""What holds for any table and any row, whatever was typed."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.indicators.scoring import (
    FLAG_TEXT,
    IndicatorRow,
    Scheme,
    parse_quantity,
    propose,
    score_table,
)
from engine.indicators.scoring.figures import HALF_CENT
from engine.indicators.scoring.report import as_data, as_text, to_json

PIECES = st.sampled_from(
    [
        *(
            "≥",
            "≤",
            ">=",
            "=",
            "不少于",
            "以内",
            "以上",
            "约",
            "提升",
            "下降",
            "每",
            "/",
            "(",
            ")",
            "（",
        ),
        *(
            "0",
            "1",
            "3",
            "9.5",
            "100",
            "1,200",
            "0.958",
            "２０",
            "百分之九十",
            "-",
            "~",
            "至",
            ".",
            ",",
        ),
        *(
            "%",
            "百分比",
            "万元",
            "元",
            "亿",
            "万",
            "个",
            "家",
            "人",
            "次",
            "余",
            "月",
            "日",
            "年",
            "①",
        ),
        *(
            "2023年",
            "12月",
            "底前",
            "季度",
            "上旬",
            "好",
            "完成",
            "未",
            "是",
            "成本",
            "投诉",
            "率",
            "，",
        ),
        *("达成预期指标", "优良中低差", "\u200b"),
    ]
)
TYPED = st.lists(PIECES, max_size=7).map("".join) | st.text(max_size=12)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | TYPED,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TYPED, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
ROW = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("level1", "level2", "level3", "target", "actual"), TYPED | ANYTHING),
        **dict.fromkeys(("weight", "score", "deviation_reason"), st.integers(0, 30) | ANYTHING),
    },
)
MONEY = st.floats(-5, 500) | ANYTHING
BUDGET = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("initial", "adjusted", "executed", "rate_pct", "score", "weight"), MONEY),
        "sub": st.dictionaries(TYPED, st.lists(MONEY, max_size=4), max_size=2) | ANYTHING,
    },
)
TABLE = st.fixed_dictionaries(
    {},
    optional={
        "year": ANYTHING,
        "budget": BUDGET | ANYTHING,
        "indicators": st.lists(ROW | ANYTHING, max_size=4) | ANYTHING,
        "total_score": st.integers(0, 100) | ANYTHING,
        "complete": st.booleans() | ANYTHING,
    },
)
WEIGHT = st.decimals(0, 100, places=1)
FIGURE = st.decimals(0, 10000, places=2)
PATIENT = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
SCHEME = st.sampled_from([Scheme(), Scheme(reverse="inverse")])


@PATIENT
@given(TABLE, SCHEME)
def test_any_table_is_answered_and_printed(case: dict[str, object], scheme: Scheme) -> None:
    table = score_table(case, scheme)
    to_json(as_data(table)).encode()
    as_text(table).encode()
    flags = {*table.flags, *table.execution.proposal.flags}
    flags |= {flag for one in table.rows for flag in one.flags}
    assert flags <= set(FLAG_TEXT)


@PATIENT
@given(TYPED)
def test_anything_typed_is_read(text: str) -> None:
    parse_quantity(text)
    parse_quantity(text, time_like=True)


@PATIENT
@given(TYPED, TYPED, WEIGHT, TYPED, SCHEME)
def test_a_proposal_lies_between_nought_and_the_weight(
    target: str, actual: str, weight: Decimal, name: str, scheme: Scheme
) -> None:
    row = IndicatorRow(name, target, actual, weight, year=2023)
    proposal = propose(row, scheme)
    assert proposal.score is None or 0 <= proposal.score < weight + HALF_CENT
    assert proposal.score is not None or "not_scored" in proposal.flags


@PATIENT
@given(FIGURE, FIGURE, FIGURE, WEIGHT, st.sampled_from(["≥", ">", "=", ""]))
def test_more_is_never_worse_where_more_is_better(
    target: Decimal, one: Decimal, other: Decimal, weight: Decimal, sign: str
) -> None:
    low, high = sorted((one, other))
    scores = [
        propose(IndicatorRow("件数", f"{sign}{target + 1}件", f"{actual}件", weight)).score
        for actual in (low, high)
    ]
    assert scores[0] is not None
    assert scores[1] is not None
    assert scores[0] <= scores[1] <= weight


@PATIENT
@given(FIGURE, FIGURE, FIGURE, WEIGHT, SCHEME)
def test_more_is_never_better_under_a_limit(
    target: Decimal, one: Decimal, other: Decimal, weight: Decimal, scheme: Scheme
) -> None:
    low, high = sorted((one, other))
    scores = [
        propose(IndicatorRow("件数", f"≤{target}件", f"{actual}件", weight), scheme).score
        for actual in (low, high)
    ]
    assert scores[0] is not None
    assert scores[1] is not None
    assert scores[0] >= scores[1]


@PATIENT
@given(TABLE, st.integers(0, 100))
def test_published_figures_never_move_a_proposal(case: dict[str, object], score: int) -> None:
    listed = case.get("indicators")
    rows = listed if isinstance(listed, list) else []
    other = {**case, "total_score": score}
    other["indicators"] = [
        {**row, "score": score, "deviation_reason": "改"} if isinstance(row, dict) else row
        for row in rows
    ]
    seen, changed = score_table({**case, "indicators": rows}), score_table(other)
    assert [one.proposal for one in seen.rows] == [one.proposal for one in changed.rows]
    assert (seen.total, seen.grade) == (changed.total, changed.grade)
