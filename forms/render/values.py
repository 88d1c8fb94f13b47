"""One value: from what a person typed or a machine sent to its one canonical form, or a reason.

Canonical: numbers are plain decimal texts ("1200.50"), dates ISO 8601 texts, files a reference
into the store, nothing is None. The reasons are sentences that stand beside the field.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from forms.render.component import Component
from forms.render.patterns import fits
from forms.text import _

Answer = str | bool | list[str] | dict[str, Any] | None
LONGEST = {"textfield": 1_000, "textarea": 20_000}
_NUMBER = re.compile(r"^[+-]?(\d{1,30}(\.\d{0,20})?|\.\d{1,20})$")
_DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")
_SHA256 = re.compile(r"^[0-9a-f]{64}$")


class Refusal(Exception):
    """Why a value is not acceptable, as a sentence for the person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_value(part: Component, raw: Any) -> Answer:
    """The canonical value of what was given for a question; `Refusal` says why there is none."""
    if part.kind == "checkbox":
        return _read_checkbox(raw)
    if part.kind == "checklist":
        return _read_checklist(part, raw)
    if part.kind == "filepicker":
        return _read_file(raw)
    text = _as_text(raw)
    if not text:
        return None
    if part.kind == "number":
        return _read_number(part, text)
    if part.kind == "datetime":
        return _read_moment(part, text)
    if part.kind in ("select", "radio"):
        return _read_choice(part, text)
    return _read_text(part, text)


def is_empty(value: Answer) -> bool:
    """Whether a required question is still unanswered."""
    return value is None or value is False or value == []


def _as_text(raw: Any) -> str:
    if raw is None:
        return ""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal | date | time):
        raise Refusal(_("这里要填文字或数字"))
    if isinstance(raw, float):
        return repr(raw) if "e" not in repr(raw) else format(Decimal(repr(raw)), "f")
    if isinstance(raw, Decimal):
        return format(raw, "f")
    if isinstance(raw, int) and raw.bit_length() > 100:
        raise Refusal(_("数字过大"))
    return raw.isoformat() if isinstance(raw, date | time) else _tidy(str(raw))


def _tidy(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c)[0] != "C").strip()


def _read_text(part: Component, text: str) -> str:
    bounds = part.bounds
    most = min(bounds.max_length or LONGEST[part.kind], LONGEST[part.kind])
    if part.kind == "textfield":
        text = " ".join(text.split("\n"))
    if len(text) > most:
        raise Refusal(_("最多 %(most)s 个字，现有 %(count)s 个字", most=most, count=len(text)))
    if bounds.min_length and len(text) < bounds.min_length:
        least = bounds.min_length
        raise Refusal(_("至少 %(least)s 个字，现有 %(count)s 个字", least=least, count=len(text)))
    if bounds.pattern and (len(text) > LONGEST["textfield"] or not fits(bounds.pattern, text)):
        raise Refusal(part.description or _("格式不符合要求"))
    return text


def _read_number(part: Component, text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "")
    if not _NUMBER.match(plain):
        raise Refusal(_("请填数字，例如 1200.50"))
    number, bounds = Decimal(plain), part.bounds
    if bounds.minimum is not None and number < bounds.minimum:
        raise Refusal(_("不能小于 %(least)s", least=plain_number(bounds.minimum)))
    if bounds.maximum is not None and number > bounds.maximum:
        raise Refusal(_("不能大于 %(most)s", most=plain_number(bounds.maximum)))
    canonical = plain_number(number)
    if bounds.decimals is not None and len(canonical.partition(".")[2]) > bounds.decimals:
        raise Refusal(_("最多保留 %(digits)s 位小数", digits=bounds.decimals))
    return canonical


def plain_number(number: Decimal) -> str:
    """A number as text: no exponent, no trailing zeros after the point, no minus on zero."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text.removeprefix("+")


def _read_choice(part: Component, text: str) -> str:
    if text not in {option.value for option in part.options}:
        raise Refusal(_("请从列出的选项中选择"))
    return text


def _read_checkbox(raw: Any) -> bool:
    if isinstance(raw, bool) or raw is None:
        return bool(raw)
    if raw in ("", "false", "true", "on", "y", "1"):
        return raw not in ("", "false")
    raise Refusal(_("这里只能选是或否"))


def _read_checklist(part: Component, raw: Any) -> list[str]:
    if raw is None or raw == "":
        return []
    if not isinstance(raw, list | tuple) or not all(isinstance(one, str) for one in raw):
        raise Refusal(_("请从列出的选项中选择"))
    listed = [option.value for option in part.options]
    if not set(raw) <= set(listed):
        raise Refusal(_("请从列出的选项中选择"))
    return [value for value in listed if value in raw]


def _read_moment(part: Component, text: str) -> str:
    try:
        if part.subtype == "time":
            return time.fromisoformat(text).isoformat("minutes")
        if part.subtype == "datetime":
            return datetime.fromisoformat(text).isoformat(timespec="minutes")
        matched = _DATE.match(unicodedata.normalize("NFKC", text))
        if matched is None:
            raise ValueError(text)
        return date(int(matched[1]), int(matched[2]), int(matched[3])).isoformat()
    except ValueError:
        raise Refusal(_("请填有效的日期，例如 2026-03-31")) from None


def _read_file(raw: Any) -> dict[str, Any] | None:
    if raw is None or raw == "":
        return None
    if not isinstance(raw, Mapping) or not _SHA256.match(str(raw.get("sha256", ""))):
        raise Refusal(_("请重新上传文件"))
    size = raw.get("size")
    return {
        "sha256": str(raw["sha256"]),
        "name": _tidy(str(raw.get("name") or "")).replace("\n", " ")[:200] or "file",
        "size": size if isinstance(size, int) and not isinstance(size, bool) else 0,
    }
