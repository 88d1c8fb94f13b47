"""Reading one component of a form-js schema; every limit that keeps a hostile schema harmless."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from engine import feel
from engine.errors import Invalid
from forms.render.component import IDENTITIES, Bounds, Component, Kind, Option, questions
from forms.render.patterns import check_pattern

KINDS: dict[str, Kind] = {
    "textfield": "textfield",
    "textarea": "textarea",
    "number": "number",
    "select": "select",
    "radio": "radio",
    "checkbox": "checkbox",
    "checklist": "checklist",
    "taglist": "checklist",
    "datetime": "datetime",
    "filepicker": "filepicker",
    "dynamiclist": "dynamiclist",
    "group": "group",
    "text": "text",
    "html": "text",
    "separator": "separator",
    "spacer": "separator",
}
KEY = re.compile(r"^[^\W\d_]\w{0,59}$")
SUBTYPES = ("date", "datetime", "time")
MOST_COMPONENTS = 400
MOST_OPTIONS = 500


def read_components(parts: Sequence[Any]) -> tuple[Component, ...]:
    """The components of a schema in their order, or `Invalid` naming the first bad one."""
    return _read_level(parts, depth=0, in_list=False, keys=set(), budget=[MOST_COMPONENTS])


def _read_level(
    parts: Sequence[Any], *, depth: int, in_list: bool, keys: set[str], budget: list[int]
) -> tuple[Component, ...]:
    found = []
    for part in parts:
        budget[0] -= 1
        if budget[0] < 0 or depth > 5:
            raise Invalid("表单定义过大或嵌套过深")
        component = _read(part, depth, in_list, keys, budget)
        if component.asks or component.kind == "dynamiclist":
            if component.key in keys:
                raise Invalid(
                    "表单中“{component}”重复", component=component.key, element=component.key
                )
            keys.add(component.key)
        found.append(component)
    return tuple(found)


def _read(part: Any, depth: int, in_list: bool, keys: set[str], budget: list[int]) -> Component:
    if not isinstance(part, Mapping):
        raise Invalid("表单定义中有不是组件的内容")
    kind = KINDS.get(str(part.get("type")))
    if kind is None:
        raise Invalid(
            "表单不支持组件类型“{what}”", what=part.get("type"), element=_text(part, "id", 60)
        )
    if kind == "dynamiclist":
        return _read_list(part, depth, in_list, budget)
    if kind == "group":
        inner = _read_level(
            _parts(part), depth=depth + 1, in_list=in_list, keys=keys, budget=budget
        )
        return Component(kind, components=inner, **_shown(part))
    if kind in ("text", "separator"):
        text = _text(part, "text", 20_000) or _text(part, "content", 20_000)
        return Component(kind, text=text, **_shown(part))
    return _read_question(part, kind)


def _read_list(part: Mapping[str, Any], depth: int, in_list: bool, budget: list[int]) -> Component:
    if in_list:
        raise Invalid("明细表内不能再有明细表", element=_text(part, "id", 60))
    inner = _read_level(_parts(part), depth=depth + 1, in_list=True, keys=set(), budget=budget)
    frozen = part.get("allowAddRemove") is False or any(one.readonly for one in questions(inner))
    if frozen:
        inner = tuple(
            replace(one, readonly=True) if one.key in IDENTITIES else one for one in inner
        )
    return Component(
        "dynamiclist",
        key=_key(part, "path"),
        components=inner,
        fixed=frozen,
        required=_rules(part).get("required") is True,
        bounds=_bounds(part),
        **_shown(part),
    )


def _read_question(part: Mapping[str, Any], kind: Kind) -> Component:
    appearance = part.get("appearance")
    adorn = appearance if isinstance(appearance, Mapping) else {}
    subtype = str(part.get("subtype") or "date")
    if kind == "datetime" and subtype not in SUBTYPES:
        raise Invalid(
            "不支持的日期类型“{subtype}”", subtype=subtype, element=_text(part, "key", 60)
        )
    return Component(
        kind,
        key=_key(part, "key"),
        required=_rules(part).get("required") is True,
        readonly=part.get("readonly") is True or part.get("disabled") is True,
        default=part.get("defaultValue"),
        options=_options(part, kind),
        bounds=_bounds(part),
        subtype=subtype,
        prefix=_text(adorn, "prefixAdorner", 20),
        suffix=_text(adorn, "suffixAdorner", 20),
        accept=_text(part, "accept", 200),
        **_shown(part),
    )


def _shown(part: Mapping[str, Any]) -> dict[str, Any]:
    layout = part.get("layout")
    layout = layout if isinstance(layout, Mapping) else {}
    columns = layout.get("columns")
    return {
        "label": _text(part, "label", 200),
        "description": _text(part, "description", 2_000),
        "hide": _hide(part),
        "columns": columns if isinstance(columns, int) and 1 <= columns <= 16 else 16,
        "row": str(layout.get("row") or ""),
    }


def _parts(part: Mapping[str, Any]) -> Sequence[Any]:
    inner = part.get("components")
    if not isinstance(inner, list):
        raise Invalid("分组和明细表要有 components", element=_text(part, "id", 60))
    return inner


def _key(part: Mapping[str, Any], name: str) -> str:
    key = part.get(name)
    if not isinstance(key, str) or not KEY.match(key):
        raise Invalid("表单组件的 {name} 无效：{key}", name=name, key=str(key)[:60])
    return key


def _text(part: Mapping[str, Any], name: str, most: int) -> str:
    value = part.get(name)
    return str(value)[:most] if isinstance(value, str | int | float) else ""


def _rules(part: Mapping[str, Any]) -> Mapping[str, Any]:
    rules = part.get("validate")
    return rules if isinstance(rules, Mapping) else {}


def _hide(part: Mapping[str, Any]) -> feel.Expression | None:
    conditional = part.get("conditional")
    text = conditional.get("hide") if isinstance(conditional, Mapping) else None
    if not isinstance(text, str) or not text.strip():
        return None
    return feel.compile(text.strip().removeprefix("="))


def _options(part: Mapping[str, Any], kind: Kind) -> tuple[Option, ...]:
    if kind not in ("select", "radio", "checklist"):
        return ()
    values = part.get("values")
    if not isinstance(values, list) or not 0 < len(values) <= MOST_OPTIONS:
        raise Invalid("选择项要有 values", element=_text(part, "key", 60))
    options = [_option(one) for one in values]
    if len({one.value for one in options}) < len(options):
        raise Invalid("选择项的值重复", element=_text(part, "key", 60))
    return tuple(options)


def _option(one: Any) -> Option:
    if not isinstance(one, Mapping) or not _text(one, "value", 200):
        raise Invalid("选择项要有 value 和 label")
    value = _text(one, "value", 200)
    return Option(value, _text(one, "label", 200) or value)


def _bounds(part: Mapping[str, Any]) -> Bounds:
    rules = _rules(part)
    pattern = rules.get("pattern")
    if pattern is not None:
        check_pattern(pattern)
    return Bounds(
        minimum=_number(rules.get("min")),
        maximum=_number(rules.get("max")),
        min_length=_count(rules.get("minLength")),
        max_length=_count(rules.get("maxLength")),
        pattern=cast("str | None", pattern),
        decimals=_count(part.get("decimalDigits")),
    )


def _number(value: Any) -> Decimal | None:
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise Invalid("表单中的界限“{value}”不是数字", value=str(value)[:40]) from None
    if not number.is_finite() or abs(number.adjusted()) > 40:
        raise Invalid("表单中的界限“{value}”不是数字", value=str(value)[:40])
    return number


def _count(value: Any) -> int | None:
    number = _number(value)
    return None if number is None else max(0, min(int(number), 100_000))
