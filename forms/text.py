"""The words of the screen: Chinese in the source, other languages from Babel's catalogues."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_babel import (  # type: ignore[import-untyped] # flask-babel ships no types
    Babel,
    gettext,
    lazy_gettext,
    pgettext,
)


def _(text: str, **values: Any) -> str:
    """The text in the request's language, with its values in place."""
    return str(gettext(text, **values)) if text else ""  # a catalogue keeps its header under ""


def done(text: str) -> str:
    """The name of an act, said of one that somebody has done (`同意`: approved, not approve)."""
    return str(pgettext("done", text))


def later(text: str) -> Any:
    """The same for a text that is written before any request: it is translated when shown."""
    return lazy_gettext(text)


def install(app: Flask, language: Callable[[], str]) -> None:
    """Let the application speak the language that `language` names for each request."""
    app.config["BABEL_DEFAULT_LOCALE"] = "zh"
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Shanghai"
    Babel(app, locale_selector=language)
