"""Regular expressions of XPath (DMN 1.5 §10.3.4.3), matched in time linear in pattern × text.

Python's `re` backtracks without bound; this machine remembers where it failed and burns fuel.
"""

from engine.feel.regex.machine import Pattern, compiled
from engine.feel.regex.syntax import RegexError

__all__ = ["Pattern", "RegexError", "compiled"]
