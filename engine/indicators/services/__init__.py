"""What diagrams may ask of the indicators: effects and prefills."""

from engine.indicators.services import evaluation, monitoring, sight, targets

__all__ = ["evaluation", "monitoring", "sight", "targets"]
