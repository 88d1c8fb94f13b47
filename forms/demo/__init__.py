"""The demonstration district: invented projects and people, made by the commands people use."""

from __future__ import annotations

from forms.demo.people import PASSWORD, accounts

__all__ = ["PASSWORD", "accounts"]
