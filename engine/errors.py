"""What may go wrong, in the user's language; edges turn these into HTTP or exit codes."""

from __future__ import annotations

from typing import Any

from engine.sentences import Sentence


class BihuanError(Exception):
    """A failure with a message for the person who caused it.

    `message` is a whole sentence in Chinese, or its template with `values` for its places: every
    such constant is translated in the catalogues. `english` is the same in English for those who
    know no catalogue (the linter, FEEL). `code` is stable for machines; `field` names the form
    field and `element` the diagram element where the fault was made, when there is one.
    """

    code = "error"

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        element: str | None = None,
        english: str = "",
        **values: Any,
    ) -> None:
        plain = not (english or values)
        self.message: Sentence = (
            message
            if plain and isinstance(message, Sentence)
            else Sentence(message, english=english, **values)
        )
        super().__init__(self.message)
        self.english = english
        self.field = field
        self.element = element

    def said(self, language: str) -> str:
        """The sentence in that language (`zh`, `en`), in Chinese where there is no other."""
        return (language == "en" and self.english) or self.message


class NotFound(BihuanError):
    """The thing named does not exist, or this actor may not know that it does."""

    code = "not_found"


class Forbidden(BihuanError):
    """The actor may not do this; the message says why."""

    code = "forbidden"


class Conflict(BihuanError):
    """The world has moved on since the actor looked; the message says who moved it and when."""

    code = "conflict"


class Invalid(BihuanError):
    """What was given is not acceptable; `problems` maps fields to sentences when there are many."""

    code = "invalid"

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        element: str | None = None,
        problems: dict[str, str] | None = None,
        english: str = "",
        **values: Any,
    ) -> None:
        super().__init__(message, field=field, element=element, english=english, **values)
        self.problems = problems or ({field: self.message} if field else {})

    def about(self, element: str) -> Invalid:
        """The same, said of an element of a diagram."""
        english = self.english and f"“{element}”: {self.english}"
        return Invalid(
            "“{name}”：{why}", element=element, english=english, name=element, why=self.message
        )


class Unavailable(BihuanError):
    """Something outside does not answer now; trying later may help."""

    code = "unavailable"
