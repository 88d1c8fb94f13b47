"""Scoring of self-evaluation: reading what people type, schemes as data, proposals and warnings.

Pure: no table, no web page. Figures are Decimal, scores have two places, halves round up.
"""

from __future__ import annotations

from engine.indicators.scoring.execution import Budget, propose_execution
from engine.indicators.scoring.flags import FLAG_TEXT
from engine.indicators.scoring.quantity import Quantity, parse_quantity
from engine.indicators.scoring.review import Accepted, accept, band, fits_band
from engine.indicators.scoring.row import IndicatorRow, Proposal, propose
from engine.indicators.scoring.scheme import MOF_2020_10, Scheme, grade, load_scheme
from engine.indicators.scoring.table import ScoredTable, score_table

__all__ = [
    "FLAG_TEXT",
    "MOF_2020_10",
    "Accepted",
    "Budget",
    "IndicatorRow",
    "Proposal",
    "Quantity",
    "Scheme",
    "ScoredTable",
    "accept",
    "band",
    "fits_band",
    "grade",
    "load_scheme",
    "parse_quantity",
    "propose",
    "propose_execution",
    "score_table",
]
