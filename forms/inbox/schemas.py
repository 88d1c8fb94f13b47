"""The forms of deployed processes, read once in each process of the host: none of them changes."""

from __future__ import annotations

from collections import OrderedDict
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from engine.statements import engine_of
from engine.workflow import deployments
from forms.render import FormSchema

KEPT = 256
"""Forms of a database kept at once; the one that was wanted least lately goes first."""
_known: WeakKeyDictionary[Engine, OrderedDict[tuple[int, str], FormSchema]] = WeakKeyDictionary()


def schema_of(session: Session, deployment_id: int, name: str) -> FormSchema:
    """The form `name` as it was when the process was deployed."""
    known, key = _known.setdefault(engine_of(session), OrderedDict()), (deployment_id, name)
    found = known.pop(key, None)
    if found is None:
        found = FormSchema.load(deployments.form(session, deployment_id, name))
    known[key] = found
    while len(known) > KEPT:
        known.popitem(last=False)
    return found
