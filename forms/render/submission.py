"""What a page submitted, before it is opened as a form: rows renumbered, added and taken away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from forms.render.clean import MOST_ROWS, known_rows
from forms.render.component import IDENTITIES, Component, questions
from forms.render.schema import FormSchema

PREFIX = "answers-"
"""Before every field's name, so that no schema can collide with the page's own fields."""
MARK = "_row"
"""A row's own hidden field: a row with nothing ticked is still a row."""
Submitted = MultiDict[str, Any]


def lists(schema: FormSchema) -> list[Component]:
    """The lists of a form."""
    return [part for part in questions(schema.components) if part.kind == "dynamiclist"]


def identity_of(known: list[dict[str, Any]]) -> str | None:
    """The key by which the rows that a list was opened with are known."""
    return next((key for key in IDENTITIES if known and key in known[0]), None)


def renumber(schema: FormSchema, formdata: Submitted, facts: Mapping[str, Any]) -> Submitted:
    """The same submission with rows 0, 1, 2 …; a fixed list's rows stand where its facts stand.

    A page that was opened before the facts changed names its rows by their identity, so that
    nothing lands in another row. A row that is not known keeps a number beyond the last.
    """
    found = formdata
    for part in lists(schema):
        name = f"{PREFIX}{part.key}-"
        numbers = row_numbers(name, found)
        places = {number: place for place, number in enumerate(numbers)}
        known = known_rows(part, facts)
        identity = identity_of(known)
        if part.fixed and identity:
            spots = {str(row.get(identity)): place for place, row in enumerate(known)}
            labels = {number: found.get(f"{name}{number}-{identity}") for number in numbers}
            places = {
                number: number if label is None else spots.get(str(label), MOST_ROWS + number)
                for number, label in labels.items()
            }
        found = _renamed(found, name, places)
    return found


def row_numbers(name: str, formdata: Submitted) -> list[int]:
    """The row numbers among the submitted names, in order and at most as many as may be kept."""
    found = {key[len(name) :].partition("-")[0] for key in formdata if key.startswith(name)}
    numbers = (int(text) for text in found if text.isascii() and text.isdigit() and len(text) < 7)
    return sorted(numbers)[: MOST_ROWS + 1]


def _renamed(formdata: Submitted, name: str, places: Mapping[int, int]) -> Submitted:
    renamed: Submitted = MultiDict()
    for key, value in formdata.items(multi=True):
        number, dash, rest = key[len(name) :].partition("-")
        known = key.startswith(name) and dash and number.isascii() and number.isdigit()
        if known and len(number) < 7 and int(number) in places:
            key = f"{name}{places[int(number)]}-{rest}"
        renamed.add(key, value)
    return renamed


def change_rows(schema: FormSchema, formdata: Submitted, order: str) -> Submitted:
    """Obey a row button: `add:rows` adds an empty row, `remove:rows:2` takes the third away."""
    verb, _, target = order.partition(":")
    key, _, number = target.partition(":")
    part = next((one for one in lists(schema) if one.key == key and not one.fixed), None)
    if part is None:
        return formdata
    name = f"{PREFIX}{key}-"
    changed: Submitted = MultiDict(formdata.items(multi=True))
    if verb == "add":
        last = max(row_numbers(name, changed), default=-1)
        changed.add(f"{name}{last + 1}-{MARK}", "1")
    if verb == "remove":
        for one in [one for one in changed if one.startswith(f"{name}{number}-")]:
            changed.poplist(one)
    return changed
