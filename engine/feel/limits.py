"""How large an expression and what it builds may grow; fuel bounds the rest."""

from __future__ import annotations

FUEL = 50_000
"""Units an evaluation may burn: about one per loop element and node of the loop's body."""
DECISION_FUEL = 500_000
"""Units a whole decision with its requirements may burn."""
TEXT = 16_000
"""Characters of source text."""
TOKENS = 4_000
"""Tokens of source text."""
NESTING = 50
"""Brackets, branches and literals inside one another."""
DEPTH = 160
"""Height of the syntax tree."""
CALLS = 100
"""Calls of user-defined functions inside one another."""
STRING = 100_000
"""Characters of a string that an expression builds."""
DEEP = 60
"""Lists and contexts inside one another in a value."""
PATTERN = 500
"""Characters of a regular expression."""
NOTES = 8
"""Reasons kept for a null."""
