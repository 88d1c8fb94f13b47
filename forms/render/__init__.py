"""Form schemas (form-js JSON) to web forms: load, build, clean, and mark up.

A schema is data that a process owner wrote, so nothing in it is trusted: what it says is bounded
when it is loaded and escaped when it is shown. Pages, the API and the demonstration clean answers
by the same `clean_answers`.
"""

from __future__ import annotations

from forms.render.clean import clean_answers
from forms.render.compare import Change, compare
from forms.render.component import Component
from forms.render.schema import FormSchema
from forms.render.sheet import Sheet, build, clean

__all__ = [
    "Change",
    "Component",
    "FormSchema",
    "Sheet",
    "build",
    "clean",
    "clean_answers",
    "compare",
]
