"""The words of the screen: Chinese in the source, other languages from Babel's catalogues."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from flask import Flask, g, has_app_context
from flask_babel import (  # type: ignore[import-untyped] # flask-babel ships no types
    Babel,
    get_translations,
    ngettext,
    pgettext,
)
from flask_babel.speaklater import (  # type: ignore[import-untyped] # flask-babel ships no types
    LazyString,
)


def _(text: str, **values: Any) -> str:
    """The text in the request's language, with its values in place."""
    if not text:
        return ""  # a catalogue keeps its header under ""
    said = _spoken(text)
    return said % values if values else said


def done(text: str) -> str:
    """The name of an act, said of one that somebody has done (`同意`: approved, not approve)."""
    return str(pgettext("done", text))


def later(text: str) -> Any:
    """The same for a text that is written before any request: it is translated when shown."""
    return LazyString(_, text)


def _spoken(text: str) -> str:
    """A page has hundreds of texts: its catalogue is found once for each request."""
    if not has_app_context():
        return text
    if "speaks" not in g:
        g.speaks = get_translations().ugettext
    return cast(str, g.speaks(text))


def install(app: Flask, language: Callable[[], str]) -> None:
    """Let the application speak the language that `language` names for each request."""
    app.config["BABEL_DEFAULT_LOCALE"] = "zh"
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Shanghai"
    Babel(app, locale_selector=language)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined] # of its i18n extension
        gettext=_spoken, ngettext=ngettext, newstyle=True
    )
