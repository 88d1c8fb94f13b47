"""What a type of project brings with it: gates with documents, numeric guards, indicator libraries.

Packs are data in `bpmn/packs/<type>/`; reading one checks all of it, so that a mistake is named by
file and key before any project meets it.
"""

from __future__ import annotations

from engine.projects.packs.loading import installed_packs, load_packs, packs_of
from engine.projects.packs.model import (
    DIMENSIONS,
    DIRECTIONS,
    OFFICIAL_LEVELS,
    DocumentKind,
    Gate,
    Guard,
    LibraryIndicator,
    Pack,
    SubLibrary,
)

__all__ = [
    "DIMENSIONS",
    "DIRECTIONS",
    "OFFICIAL_LEVELS",
    "DocumentKind",
    "Gate",
    "Guard",
    "LibraryIndicator",
    "Pack",
    "SubLibrary",
    "installed_packs",
    "load_packs",
    "packs_of",
]
