"""Context functions and `is` (DMN 1.5 §10.3.4.6, §10.3.4.12)."""

from __future__ import annotations

from engine.feel.functions.registry import builtin
from engine.feel.machine import Machine
from engine.feel.values import Value

Context = dict[str, Value]


@builtin("get value(m: context, key: string)")
def get_value(machine: Machine, m: Context, key: str) -> Value:
    """The entry of that key."""
    return m[key] if key in m else machine.note("no_key", key=key)


@builtin("get entries(m: context)")
def get_entries(machine: Machine, m: Context) -> Value:
    """All entries as contexts of key and value."""
    machine.burn(len(m))
    return [{"key": key, "value": value} for key, value in m.items()]


@builtin("context(entries: list)")
def context(machine: Machine, entries: list[Value]) -> Value:
    """The context with these entries; keys must differ."""
    built: Context = {}
    for entry in entries:
        machine.burn(1)
        if not isinstance(entry, dict) or "value" not in entry:
            return machine.note("entries_shape")
        key = entry.get("key")
        if not isinstance(key, str) or key in built:
            return machine.note("entries_keys")
        built[key] = entry["value"]
    return built


@builtin("context put(context: context, key: string, value: any?)")
def context_put(machine: Machine, entries: Context, key: str, value: Value) -> Value:
    """The context with one entry set."""
    machine.burn(len(entries) >> 3)
    return {**entries, key: value}


@builtin("context put(context: context, keys: list, value: any?)")
def context_put_deep(machine: Machine, entries: Context, keys: list[Value], value: Value) -> Value:
    """The context with an entry of an entry set."""
    machine.burn(len(entries) + 1)
    if not keys or not isinstance(keys[0], str):
        return machine.note("keys_shape")
    if len(keys) == 1:
        return {**entries, keys[0]: value}
    inner = entries.get(keys[0])
    if not isinstance(inner, dict | None):
        return machine.note("not_a_context", key=keys[0])
    if len(keys) > 60:
        return machine.note("keys_long")
    deeper = context_put_deep(machine, inner or {}, keys[1:], value)
    return None if deeper is None else {**entries, keys[0]: deeper}


@builtin("context merge(contexts: list)")
def context_merge(machine: Machine, contexts: list[Value]) -> Value:
    """The entries of all contexts; later ones win."""
    merged: Context = {}
    for entries in contexts:
        if not isinstance(entries, dict):
            return machine.note("not_all_contexts")
        machine.burn(1 + len(entries))
        merged.update(entries)
    return merged


@builtin("is(value1: any? =, value2: any? =)")
def is_same(machine: Machine, value1: Value, value2: Value) -> Value:
    """Whether both are the same element of the semantic domain: offsets and zones count too."""
    return type(value1) is type(value2) and _identical(machine, value1, value2)


def _identical(machine: Machine, a: Value, b: Value) -> bool:
    machine.burn(1)
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(
            _identical(machine, x, y) for x, y in zip(a, b, strict=True)
        )
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_identical(machine, a[key], b[key]) for key in a)
    return bool(a == b)
