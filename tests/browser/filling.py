"""Filling a form as a person does: field after field, by what stands on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page

PREFIX = "answers-"
FIELDS = """form => [...form.elements]
    .filter(e => e.name?.startsWith('answers-') && e.type !== 'hidden' && e.getClientRects().length)
    .map(e => ({name: e.name, kind: e.tagName === 'SELECT' ? 'select' : e.type, value: e.value,
                checked: !!e.checked}))"""
PAPER = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>"
)


def fill(page: Page, answers: Mapping[str, Any], form: str = "form#task") -> None:
    """Type `answers` into the fields that show; rows are added by their button."""
    _add_rows(page, answers, form)
    for told in page.locator(form).evaluate(FIELDS):
        value = _at(answers, told["name"])
        if value is None:
            continue
        _enter(page, f"{form} [name='{told['name']}']", told, value)


def _at(answers: Mapping[str, Any], name: str) -> Any:
    """The answer at a field's name (`answers-rows-0-weight`); None when there is none."""
    found: Any = answers
    for step in name.removeprefix(PREFIX).split("-"):
        if isinstance(found, list):
            found = found[int(step)] if int(step) < len(found) else None
        else:
            found = found.get(step) if isinstance(found, Mapping) else None
    return found


def _add_rows(page: Page, answers: Mapping[str, Any], form: str) -> None:
    for key, rows in answers.items():
        if not isinstance(rows, list):
            continue
        part = page.locator(f"{form} #{PREFIX}{key}")
        button = part.locator("[data-row-add]")
        while button.count() and part.locator("tr[data-row]").count() < len(rows):
            button.click()


def _enter(page: Page, field: str, told: Mapping[str, Any], value: Any) -> None:
    if told["kind"] == "file":
        if value and "sha256" not in value:  # what was handed in before is still there
            paper = PAPER + str(value["name"]).encode()
            page.locator(field).set_input_files(
                {"name": value["name"], "mimeType": "application/pdf", "buffer": paper}
            )
    elif told["kind"] in ("radio", "checkbox"):
        chosen = (
            value if isinstance(value, list) else [str(value).lower() if value is True else value]
        )
        if told["value"] in chosen and not told["checked"]:
            page.locator(f"{field}[value='{told['value']}']").check()
    elif told["value"] == str(value):
        return
    elif told["kind"] == "select":
        page.locator(field).select_option(str(value))
    else:
        page.locator(field).fill(str(value))
