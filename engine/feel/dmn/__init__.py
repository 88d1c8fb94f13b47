"""Decision models (DMN 1.1 to 1.5): loaded from XML, compiled once, decided often."""

from engine.feel.dmn.loader import load, load_file
from engine.feel.dmn.model import Decided, Model

__all__ = ["Decided", "Model", "load", "load_file"]
