"""Notices: what happened that concerns a person, told once, with the place where to look."""
