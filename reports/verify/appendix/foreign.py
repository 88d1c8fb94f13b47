"""The one finding of this folder: something that is no part of a security store."""

from __future__ import annotations


class Foreign(Exception):
    """What follows the signed bytes is, or holds, something else than a security store."""


def require(held: object, rule: str) -> None:
    """Raise `Foreign` if `rule` is not held."""
    if not held:
        raise Foreign(rule)
