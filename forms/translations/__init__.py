"""Catalogues of the screen's words; Chinese is the source, English the second language."""
