"""The closure record, its JSON, and the rows of the official form."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal

import pytest

from engine.errors import Invalid
from reports.closure import ClosureRecord, from_json, layout, to_json
from tests.unit.reports import sample


def test_a_record_comes_back_from_its_json_unchanged(record: ClosureRecord) -> None:
    assert from_json(to_json(record)) == record
    assert to_json(from_json(to_json(record))) == to_json(record)


def test_figures_are_strings_in_the_json_so_that_none_is_rounded(record: ClosureRecord) -> None:
    plain = json.loads(to_json(record))
    assert plain["format"] == "bihuan-closure/1"
    assert plain["budget"][0]["executed"] == "32852160.43"
    assert plain["indicators"][5]["accepted"] == "4.82"


def test_a_record_cannot_be_changed(record: ClosureRecord) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.grade = "差"  # type: ignore[misc]  # the point of the test


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"format": "bihuan-closure/1"}', b"null"])
def test_other_json_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        from_json(content)


def test_a_record_with_a_wrong_kind_of_value_is_refused(record: ClosureRecord) -> None:
    plain = json.loads(to_json(record))
    plain["grade"] = 7
    with pytest.raises(Invalid):
        from_json(json.dumps(plain).encode())


def test_neighbouring_rows_of_one_level_share_a_cell(record: ClosureRecord) -> None:
    rows = layout.form_rows(record.indicators)
    assert sum(row.span1 for row in rows) == sum(row.span2 for row in rows) == len(rows)
    assert [row.span1 for row in rows if row.span1] == [10, 4, 4, 2]
    assert rows[0].span2 == 4


def test_the_same_name_apart_is_not_merged(record: ClosureRecord) -> None:
    first, second, third = record.indicators[0], record.indicators[10], record.indicators[1]
    assert [row.span1 for row in layout.form_rows([first, second, third])] == [1, 1, 1]


def test_a_changed_score_says_both_scores_and_why() -> None:
    row = next(row for row in sample.indicators() if row.level3 == "居委会满意度")
    assert layout.notes(row)[-1] == "测算得分 2.93，审定 2.5：访谈记录不足，酌情扣减"


def test_a_score_that_is_not_given_is_not_called_a_loss() -> None:
    row = dataclasses.replace(sample.indicators()[0], accepted=None, proposed=None)
    assert layout.losses([row]) == []


def test_the_worst_indicator_comes_first(record: ClosureRecord) -> None:
    assert layout.losses(record.indicators)[0].level3 == "施工扰民投诉件数"


def test_groups_add_up_to_the_total(record: ClosureRecord) -> None:
    groups = layout.level1_bars(record)
    assert groups[0].label == "预算执行"
    assert sum(group.against or Decimal(0) for group in groups) == 100
    assert sum(group.value for group in groups) == record.total


def test_only_total_lines_are_summed(record: ClosureRecord) -> None:
    two_years = (*sample.budget(2025), *sample.budget(2026))
    initial, _, executed = layout.money_totals(two_years)
    assert initial.value == 2 * Decimal(36950000)
    assert executed.value == 2 * Decimal("32852160.43")
    assert [group.year for group in layout.budget_years(two_years)] == [2025, 2026]
