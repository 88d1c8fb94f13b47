"""The working calendar: which days and hours count, where that is written down, and its changes."""

from engine.people.calendar.hours import Hours
from engine.people.calendar.reckoning import Calendar, parse_term

__all__ = ["Calendar", "Hours", "parse_term"]
