"""What changed in a form between two versions."""

from __future__ import annotations

from typing import Any

from forms.render import FormSchema, compare

SCHEMA = FormSchema.load(
    {
        "id": "f",
        "components": [
            {"type": "textfield", "key": "name", "label": "名称"},
            {"type": "number", "key": "amount", "label": "金额"},
            {
                "type": "dynamiclist",
                "path": "rows",
                "key": "rows",
                "label": "指标",
                "components": [
                    {"type": "textfield", "key": "what", "label": "指标名称"},
                    {"type": "textfield", "key": "target", "label": "指标值"},
                ],
            },
        ],
    }
)


def told(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str, Any, Any]]:
    """(question, kind, before, after) of every change."""
    return [
        (one.part.key, one.kind, one.before, one.after) for one in compare(SCHEMA, before, after)
    ]


def rows(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """(kind, row, changed cells) of every change of the list."""
    (change,) = compare(SCHEMA, {"rows": before}, {"rows": after})
    return [
        (one.kind, one.row, *((cell.part.key, cell.before, cell.after) for cell in one.inside))
        for one in change.inside
    ]


def line(what: str, target: str) -> dict[str, Any]:
    return {"what": what, "target": target}


def test_what_is_the_same_is_no_change() -> None:
    same = {"name": "甲", "amount": 5, "rows": [line("a", "1")]}
    assert compare(SCHEMA, same, dict(same)) == ()


def test_an_answer_changed_is_told_old_and_new() -> None:
    assert told({"name": "甲", "amount": 5}, {"name": "甲", "amount": 6}) == [
        ("amount", "changed", 5, 6)
    ]


def test_nothing_and_an_empty_answer_are_alike() -> None:
    assert told({"name": ""}, {}) == []
    assert told({}, {"name": "乙"}) == [("name", "added", None, "乙")]
    assert told({"name": "乙"}, {"name": ""}) == [("name", "removed", "乙", "")]


def test_a_row_put_in_the_middle_does_not_change_those_below() -> None:
    before = [line("a", "1"), line("b", "2")]
    assert rows(before, [before[0], line("x", "9"), before[1]]) == [("added", 2)]


def test_a_row_taken_away_is_told_by_its_old_place() -> None:
    before = [line("a", "1"), line("b", "2"), line("c", "3")]
    assert rows(before, [before[0], before[2]]) == [("removed", 2)]


def test_a_cell_changed_is_told_with_its_row() -> None:
    assert rows([line("a", "1"), line("b", "2")], [line("a", "1"), line("b", "5")]) == [
        ("changed", 2, ("target", "2", "5"))
    ]


def test_rows_with_an_identity_are_paired_by_it_wherever_they_stand() -> None:
    before = [{"id": 1, **line("a", "1")}, {"id": 2, **line("b", "2")}]
    after = [{"id": 2, **line("b", "7")}, {"id": 1, **line("a", "1")}]
    assert rows(before, after) == [("changed", 1, ("target", "2", "7"))]


def test_very_long_lists_are_compared_place_by_place() -> None:
    before = [line(str(n), "1") for n in range(2000)]
    after = [*before[:-1], line("1999", "2")]
    assert rows(before, after) == [("changed", 2000, ("target", "1", "2"))]
