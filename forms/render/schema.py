"""A whole form: the typed reading of a form-js schema, refused when it is not acceptable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import Invalid
from forms.render.component import Component
from forms.render.reading import read_components

LARGEST = 400_000
"""Characters of a schema's JSON."""


@dataclass(frozen=True)
class FormSchema:
    """A whole form."""

    id: str
    components: tuple[Component, ...]

    @classmethod
    def load(cls, source: bytes | str | Mapping[str, Any]) -> FormSchema:
        """Read a form-js schema; `Invalid` names the component that is not acceptable."""
        if isinstance(source, bytes | str) and len(source) > LARGEST:
            raise Invalid("表单定义过大")
        try:
            data = json.loads(source) if isinstance(source, bytes | str) else source
        except (ValueError, RecursionError) as error:
            raise Invalid("表单定义不是有效的 JSON") from error
        if not isinstance(data, Mapping) or not isinstance(data.get("components"), list):
            raise Invalid("表单定义缺少 components")
        return cls(str(data.get("id", ""))[:100], read_components(data["components"]))
