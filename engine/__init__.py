"""The engine: what a project's process means. Knows no web page and no PDF."""
