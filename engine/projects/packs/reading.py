"""Reading YAML with an eye on every key: what is missing, unknown or of the wrong kind is named."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from engine.errors import Invalid


class Section:
    """A mapping of a file, with the path to it (`gates.budget[0]`) for error messages.

    Keys that nobody asked for are refused by `close`.
    """

    def __init__(self, value: object, file: str, path: str = "") -> None:
        self.file = file
        self.path = path
        if not isinstance(value, Mapping):
            raise self.wrong("应当是键值表")
        self._value: Mapping[Any, Any] = value
        self._asked: set[str] = set()

    def wrong(self, why: str, key: str = "") -> Invalid:
        """The error for this section, or for one of its keys."""
        where = ".".join(part for part in (self.path, key) if part)
        return Invalid(
            "{file}：{where} {why}",
            file=self.file,
            where=where or "文件",
            why=why,
            field=where or None,
        )

    def take(self, key: str) -> Any:
        """The value of a key, or None."""
        self._asked.add(key)
        return self._value.get(key)

    def text(self, key: str, among: Collection[str] = (), *, empty: bool = False) -> str:
        """A text, one of `among` if given."""
        value = self.take(key)
        if not isinstance(value, str) or not (empty or value.strip()):
            raise self.wrong("缺少，或者不是文字", key)
        if among and value not in among:
            raise self.wrong(f"是“{value}”，应当是：{'、'.join(among)}", key)
        return value.strip()

    def flag(self, key: str, default: bool) -> bool:
        """A yes or no."""
        value = self.take(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong("应当是 true 或 false", key)
        return value

    def section(self, key: str) -> Section:
        """The mapping under a key."""
        return Section(self.take(key), self.file, self._below(key))

    def sections(self, key: str) -> Iterator[Section]:
        """The mappings in the list under a key; none if the key is absent."""
        for number, value in enumerate(self._list(key)):
            yield Section(value, self.file, f"{self._below(key)}[{number}]")

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of different texts under a key; none if the key is absent."""
        values = self._list(key)
        if not all(isinstance(value, str) and value.strip() for value in values):
            raise self.wrong("应当是文字的列表", key)
        if len(set(values)) != len(values):
            raise self.wrong("有重复", key)
        return tuple(values)

    def _list(self, key: str) -> list[Any]:
        values = self.take(key)
        if values is None:
            return []
        if not isinstance(values, list):
            raise self.wrong("应当是列表", key)
        return values

    def named(self) -> Iterator[tuple[str, Any]]:
        """All keys with their values, where the keys are names."""
        for key, value in self._value.items():
            if not isinstance(key, str):
                raise self.wrong(f"的键“{key}”不是文字")
            self._asked.add(key)
            yield key, value

    def decimal(self, key: str) -> Decimal:
        """A number of zero or more."""
        value = self.take(key)
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal(-1)
        if isinstance(value, bool) or not number.is_finite() or number < 0:
            raise self.wrong("应当是不小于零的数", key)
        return number

    def close(self) -> None:
        """Refuse the keys that nobody asked for."""
        unknown = [str(key) for key in self._value if key not in self._asked]
        if unknown:
            raise self.wrong("是不认识的键", unknown[0])

    def _below(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


class _OnceOnly(yaml.SafeLoader):
    """Plain data only, and no key twice in a mapping (PyYAML would keep the last in silence)."""


def _mapping(loader: _OnceOnly, node: yaml.MappingNode) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in found:
            raise yaml.YAMLError(f"第 {key_node.start_mark.line + 1} 行的键“{key}”重复")
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_OnceOnly.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_yaml(path: Path) -> Section:
    """The mapping in a YAML file, named in errors by its folder and name."""
    file = f"{path.parent.name}/{path.name}"
    try:
        value = yaml.load(path.read_text(encoding="utf-8"), Loader=_OnceOnly)  # noqa: S506 - a SafeLoader
    except OSError as error:
        raise Invalid("{file}：读不到文件", file=file) from error
    except (yaml.YAMLError, UnicodeDecodeError, TypeError) as error:
        raise Invalid("{file}：不是有效的 YAML：{error}", file=file, error=error) from error
    return Section(value, file)
