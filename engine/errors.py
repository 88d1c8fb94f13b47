"""What may go wrong, in the user's language; edges turn these into HTTP or exit codes."""

from __future__ import annotations


class BihuanError(Exception):
    """A failure with a message for the person who caused it.

    `message` is a whole sentence in Chinese, `english` the same in English where it was written;
    `code` is stable for machines; `field` names the form field and `element` the diagram element
    where the fault was made, when there is one.
    """

    code = "error"

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        element: str | None = None,
        english: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
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
    ) -> None:
        super().__init__(message, field=field, element=element, english=english)
        self.problems = problems or ({field: message} if field else {})

    def about(self, element: str) -> Invalid:
        """The same, said of an element of a diagram."""
        english = self.english and f"“{element}”: {self.english}"
        return Invalid(f"“{element}”：{self.message}", element=element, english=english)


class Unavailable(BihuanError):
    """Something outside does not answer now; trying later may help."""

    code = "unavailable"
