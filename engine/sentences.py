"""Sentences that are said in Chinese and know how they were made, so that others can translate.

Whoever refuses writes the Chinese once, with places for what differs: `Sentence("没有“{name}”",
name=name)`. It is a plain string for all who read, store or compare it; the screen, which knows the
catalogues, says the same template in the reader's language (see `forms.text.in_language`).
"""

from __future__ import annotations

from typing import Any, Self


class Sentence(str):
    """A sentence in Chinese made from a template and the values in its places.

    A list or tuple of values is enumerated. `english` is for sentences that carry their English
    with them; `context` tells a word from the same word said of something else (`done`).
    """

    __slots__ = ("context", "english", "template", "values")
    template: str
    values: dict[str, Any]
    english: str
    context: str

    def __new__(
        cls, template: str, /, *, english: str = "", context: str = "", **values: Any
    ) -> Self:
        told = {
            name: "、".join(map(str, value)) if isinstance(value, (list, tuple)) else value
            for name, value in values.items()
        }
        made = super().__new__(cls, template.format(**told) if told else template)
        made.template, made.values = template, values
        made.english, made.context = english, context
        return made
