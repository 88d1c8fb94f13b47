"""The words of the screen: Chinese in the source, other languages from Babel's catalogues.

What a template shows is said in the request's language where the engine wrote it (`Sentence`), so
that no page has to think of it; whoever makes a text without a template asks `in_language`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from flask import Flask, g, has_app_context
from flask_babel import (  # type: ignore[import-untyped] # flask-babel ships no types
    Babel,
    get_locale,
    get_translations,
    ngettext,
    pgettext,
)
from flask_babel.speaklater import (  # type: ignore[import-untyped] # flask-babel ships no types
    LazyString,
)

from engine.sentences import Sentence


def _(text: str, **values: Any) -> str:
    """The text in the request's language, with its values in place."""
    if not text:
        return ""  # a catalogue keeps its header under ""
    said = _spoken(text)
    return said % {name: in_language(one) for name, one in values.items()} if values else said


def done(text: str) -> str:
    """The name of an act, said of one that somebody has done (`同意`: approved, not approve)."""
    return str(pgettext("done", text))


def later(text: str) -> Any:
    """The same for a text that is written before any request: it is translated when shown."""
    return LazyString(_, text)


def in_language(value: Any) -> Any:
    """A sentence of the engine in the request's language; whatever else is given, as it is."""
    return _told(value) if isinstance(value, Sentence) else value


def _told(value: Any) -> Any:
    """The same of a value in a sentence's place: a word of ours has its translation too."""
    if isinstance(value, (list, tuple)):
        return _("、").join(str(_told(one)) for one in value)
    if not isinstance(value, Sentence):
        return _(value) if isinstance(value, str) else value
    if value.english and has_app_context() and str(get_locale()) == "en":
        return value.english
    if value.context:
        return str(pgettext(value.context, value.template))
    said = _(value.template)
    return (
        said.format(**{name: _told(one) for name, one in value.values.items()})
        if value.values
        else said
    )


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
    app.jinja_env.finalize = in_language
    app.jinja_env.filters["in_language"] = in_language
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined] # of its i18n extension
        gettext=_spoken, ngettext=ngettext, newstyle=True
    )
