"""The web field (WTForms) of each kind of question. Fields carry text; `values` judges it."""

from __future__ import annotations

from typing import Any

from wtforms import Field, StringField, TextAreaField
from wtforms.fields.core import UnboundField
from wtforms.widgets import HiddenInput

from forms.render.component import Component


class TypedField(StringField):
    """A line of text as it was typed; data that is no text is shown as text."""

    def process_data(self, value: Any) -> None:
        self.data = value if isinstance(value, str) else None if value is None else str(value)


class LongField(TextAreaField):
    """Many lines of text as they were typed."""

    def process_data(self, value: Any) -> None:
        self.data = value if isinstance(value, str) else None if value is None else str(value)


class TickField(Field):
    """One box, ticked or not."""

    def process_data(self, value: Any) -> None:
        self.data = value is True or value in ("true", "on")

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = bool(valuelist) and valuelist[-1] in ("true", "on", "y", "1")


class ManyField(Field):
    """Some of the listed options."""

    def process_data(self, value: Any) -> None:
        self.data = [str(one) for one in value] if isinstance(value, list | tuple) else []

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = [one for one in valuelist if isinstance(one, str) and one]


class FileField(Field):
    """A reference to a stored file, as the page's signed token or as the reference itself."""

    widget = HiddenInput()

    def process_data(self, value: Any) -> None:
        self.data = value if isinstance(value, dict) else None

    def process_formdata(self, valuelist: list[Any]) -> None:
        for value in valuelist:
            if isinstance(value, dict):
                self.data = value
            elif value == "":
                self.data = None


def field_for(part: Component) -> UnboundField[Any]:
    """The unbound web field of a question."""
    kinds: dict[str, type[Field]] = {
        "textarea": LongField,
        "checkbox": TickField,
        "filepicker": FileField,
        "checklist": ManyField,
    }
    return UnboundField(kinds.get(part.kind, TypedField), part.label)


def typed_value(part: Component, bound: Field) -> Any:
    """What a field holds, as typed."""
    if part.kind in ("checkbox", "checklist", "filepicker"):
        return bound.data
    return bound.data or ""
