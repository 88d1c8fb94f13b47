"""What the form templates call: one place that gives Jinja the renderer's functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask

from forms.render.component import IDENTITIES, Component, questions
from forms.render.display import display, lines, span
from forms.render.prose import prose
from forms.render.sheet import id_of
from forms.render.submission import MARK
from forms.text import _


def list_columns(part: Component) -> list[Component]:
    """The columns of a list: what a row asks or shows, without the identity of fixed rows."""
    asked = [one for one in questions(part.components) if one.asks]
    return [one for one in asked if not (part.fixed and one.key in IDENTITIES)]


def column_share(part: Component, column: Component) -> int:
    """How wide a list's column is, in hundredths of the table, by the widths of the schema.

    The row's number and its acts take the rest.
    """
    total = sum(one.columns for one in list_columns(part))
    return max(4, min(60, round(column.columns * 90 / total)))


def install(
    app: Flask,
    file_token: Callable[[Mapping[str, Any]], str],
    file_url: Callable[[Mapping[str, Any]], str],
) -> None:
    """Give templates the renderer; files are named by signed tokens, linked by `file_url`."""
    app.jinja_env.globals.update(
        column_share=column_share,
        display=display,
        file_token=file_token,
        file_url=file_url,
        form_lines=lines,
        form_span=span,
        id_of=id_of,
        list_columns=list_columns,
        prose=prose,
        row_mark=MARK,
        said=_,
    )
