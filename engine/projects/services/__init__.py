"""What diagrams may ask of the projects: guards, effects, prefills and services."""

from __future__ import annotations

from engine.projects.services import experts, stages
from engine.projects.services.assessing import keep_assessment, set_figure
from engine.projects.services.gates import broken_guards
from engine.projects.services.sight import see_project

__all__ = ["broken_guards", "experts", "keep_assessment", "see_project", "set_figure", "stages"]
