"""All standard functions; importing this module declares them."""

from __future__ import annotations

from engine.feel.functions import (
    aggregates,
    contexts,
    conversion,
    intervals,
    lists,
    moments,
    numeric,
    ranges,
    strings,
)
from engine.feel.functions.registry import BUILTINS

FAMILIES = (aggregates, contexts, conversion, intervals, lists, moments, numeric, ranges, strings)

__all__ = ["BUILTINS", "FAMILIES"]
