"""Writing an entry: pending, salted, hashed over canonical JSON, in the act's own transaction."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.ledger.models import Entry
from engine.plain import canonical
from engine.statements import add


def leaf_hash(salt: bytes, payload: str) -> bytes:
    """The salted commitment to a payload: SHA-256(0x00 ‖ salt ‖ payload), a leaf by RFC 9162."""
    return hashlib.sha256(b"\x00" + salt + payload.encode()).digest()


def record(
    session: Session,
    *,
    kind: str,
    subject: str,
    matter: str,
    actor_id: int | None,
    actor: str,
    at: datetime,
    facts: Mapping[str, Any],
) -> None:
    """Add one pending entry; no act waits for the chain's head.

    `kind` is `noun.past_participle`, `subject` and `matter` are `noun:id` (the thing acted on, and
    the project or unit whose timeline shows it), `facts` plain data with decimals and moments.
    """
    payload = canonical(
        {
            "actor": {"id": actor_id, "name": actor},
            "at": at,
            "facts": dict(facts),
            "kind": kind,
            "matter": matter,
            "subject": subject,
        }
    )
    salt = secrets.token_bytes(16)
    add(
        session,
        Entry,
        kind=kind,
        subject=subject,
        matter=matter,
        actor_id=actor_id,
        actor=actor,
        at=at,
        payload=payload,
        salt=salt,
        leaf=leaf_hash(salt, payload),
    )
