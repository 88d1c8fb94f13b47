"""Dates, times and durations of FEEL: years to ±999 999 999, nanoseconds, offsets and zones."""

from engine.feel.temporal.values import Date, DateTime, Days, Months, Time

__all__ = ["Date", "DateTime", "Days", "Months", "Time"]
