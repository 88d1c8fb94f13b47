"""`bihuan serve`: prepare an installation, then keep its web and worker processes running."""

from __future__ import annotations

from forms.serve.command import serve_command

__all__ = ["serve_command"]
