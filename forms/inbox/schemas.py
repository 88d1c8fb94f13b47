"""The forms of deployed processes, read once in each process of the host: none of them changes."""

from __future__ import annotations

from collections import OrderedDict

from sqlalchemy.orm import Session

from engine.workflow import deployments
from forms.render import FormSchema

KEPT = 256
"""Forms kept at once; the one that was wanted least lately goes first."""
_known: OrderedDict[tuple[str, int, str], FormSchema] = OrderedDict()


def schema_of(session: Session, deployment_id: int, name: str) -> FormSchema:
    """The form `name` as it was when the process was deployed."""
    key = (str(session.get_bind().engine.url), deployment_id, name)
    found = _known.get(key) or FormSchema.load(deployments.form(session, deployment_id, name))
    _known[key] = found
    _known.move_to_end(key)
    while len(_known) > KEPT:
        _known.popitem(last=False)
    return found
