"""Writes of the indicators: targets, observations, evaluations and their review."""

from engine.indicators.commands.evaluating import evaluate_year
from engine.indicators.commands.reviewing import finalise_year, review_year
from engine.indicators.commands.shared import decimal_of
from engine.indicators.commands.targets import approve_targets, record_observation, set_targets

__all__ = [
    "approve_targets",
    "decimal_of",
    "evaluate_year",
    "finalise_year",
    "record_observation",
    "review_year",
    "set_targets",
]
