"""Babel extractors for words that no `_()` marks: labels of forms, names in diagrams, constants."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Sequence
from typing import IO, Any

from babel.messages.extract import extract_python

Found = Iterator[tuple[int, None, str, Sequence[str]]]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SHOWN = ("label", "description", "text", "suffixAdorner", "prefixAdorner")


def schemas(fileobj: IO[bytes], *_more: Any, **_options: Any) -> Found:
    """What a form-js schema shows."""
    for text in _shown(json.load(fileobj)):
        yield 1, None, text, ()


def _shown(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for one in part:
            yield from _shown(one)
    if isinstance(part, dict):
        for key, value in part.items():
            if key in SHOWN and isinstance(value, str) and CHINESE.search(value):
                yield value
            else:
                yield from _shown(value)


def diagrams(fileobj: IO[bytes], *_more: Any, **_options: Any) -> Found:
    """The names of a diagram's steps."""
    pattern = re.compile(r'<bpmn:(?:userTask|serviceTask)\b[^>]*?\bname="([^"]+)"')
    for number, line in enumerate(fileobj.read().decode().splitlines(), 1):
        for name in pattern.findall(line):
            yield number, None, name, ()


def packs(fileobj: IO[bytes], *_more: Any, **_options: Any) -> Found:
    """What a type of project is called, and its summary."""
    pattern = re.compile(r"^(?:name|summary): (.+)$")
    for number, line in enumerate(fileobj.read().decode().splitlines(), 1):
        for text in pattern.findall(line):
            yield number, None, text.strip("'\""), ()


REFUSALS = frozenset(
    {"Sentence", "BihuanError", "Invalid", "Conflict", "Forbidden", "NotFound", "Unavailable"}
)
"""What makes a sentence of its first argument, the template."""


def sentences_in(source: bytes | str) -> Iterator[tuple[ast.Call, ast.expr]]:
    """The calls of a module that make sentences, each with its template as it is written.

    Those that bring their English along need no catalogue.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            brought = any(one.arg == "english" for one in node.keywords)
            if node.func.id in REFUSALS and not brought:
                yield node, node.args[0]


def sentences(fileobj: IO[bytes], *_more: Any, **_options: Any) -> Found:
    """The templates of the refusals, and of whatever else the engine says to people."""
    for call, template in sentences_in(fileobj.read()):
        text = template.value if isinstance(template, ast.Constant) else None
        if isinstance(text, str) and not text.isascii():
            yield call.lineno, None, text, ()


def code(fileobj: IO[bytes], *more: Any, **options: Any) -> Iterator[Any]:
    """What `_()` marks in a module, and its sentences."""
    yield from sentences(fileobj)
    fileobj.seek(0)
    yield from extract_python(fileobj, *more, **options)


def verbs(fileobj: IO[bytes], *more: Any, **options: Any) -> Iterator[Any]:
    """The constants of the verbs; each verb is also said of an act that was done."""
    for node in ast.walk(ast.parse(fileobj.read())):
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "VERBS":
            for value in node.value.values if isinstance(node.value, ast.Dict) else ():
                if isinstance(value, ast.Constant):
                    yield value.lineno, "pgettext", ("done", value.value), ()
    fileobj.seek(0)
    yield from constants(fileobj, *more, **options)


def constants(fileobj: IO[bytes], *more: Any, **options: Any) -> Iterator[Any]:
    """What `_()` marks in a module, and the Chinese values of its dictionaries (roles, verbs …),
    and its sentences."""
    for node in ast.walk(ast.parse(fileobj.read())):
        for value in node.values if isinstance(node, ast.Dict) else ():
            text = value.value if isinstance(value, ast.Constant) else None
            if isinstance(text, str) and CHINESE.search(text):
                yield value.lineno, None, text, ()
    fileobj.seek(0)
    yield from code(fileobj, *more, **options)
