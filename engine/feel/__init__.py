"""FEEL, the one expression language of gateways, tables, formulas and alert rules (DMN 1.5 §10).

`compile` once, `Expression.evaluate` often. Null logic never raises; only a syntax error and the
fuel's end do. `Expression.explain` tells of every null why and at which column, in Chinese and
in English. Imports nothing of ours but `engine.errors`.
"""

from engine.feel.boundary import from_json, to_python
from engine.feel.complaints import Complaint, Place
from engine.feel.errors import FeelError, FuelExhausted, SyntaxError_
from engine.feel.expression import Evaluated, Expression, compile_unary, evaluate, unary_test
from engine.feel.expression import compile_ as compile  # noqa: A004 - the verb of the field
from engine.feel.render import to_json
from engine.feel.values import Value

__all__ = [
    "Complaint",
    "Evaluated",
    "Expression",
    "FeelError",
    "FuelExhausted",
    "Place",
    "SyntaxError_",
    "Value",
    "compile",
    "compile_unary",
    "evaluate",
    "from_json",
    "to_json",
    "to_python",
    "unary_test",
]
