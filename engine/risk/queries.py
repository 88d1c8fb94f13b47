"""Reads of the risks: rules, alerts, rectifications, notices."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.risk.models import Alert, Notice, Rectification, RiskRule


def active_rules(session: Session) -> list[RiskRule]:
    """The rules in force."""
    return list(session.scalars(select(RiskRule).where(RiskRule.active).order_by(RiskRule.id)))


def alerts(session: Session, project_id: int) -> list[Alert]:
    """A project's alerts, newest first."""
    return list(
        session.scalars(
            select(Alert).where(Alert.project_id == project_id).order_by(Alert.id.desc())
        )
    )


def open_alert(session: Session, open_key: str) -> Alert | None:
    """The open alert of a crossing, if there is one."""
    return session.scalar(select(Alert).where(Alert.open_key == open_key))


def rectifications(session: Session, project_id: int) -> list[Rectification]:
    """A project's rectifications, oldest first."""
    return list(
        session.scalars(
            select(Rectification)
            .where(Rectification.project_id == project_id)
            .order_by(Rectification.id)
        )
    )


def of_instance(session: Session, instance_id: int) -> Rectification | None:
    """The rectification that an instance is about, once its notice was begun."""
    return session.scalar(select(Rectification).where(Rectification.instance_id == instance_id))


def notices(session: Session, person_id: int, *, unread: bool = False) -> list[Notice]:
    """A person's notices, newest first."""
    wanted = select(Notice).where(Notice.person_id == person_id)
    if unread:
        wanted = wanted.where(Notice.read_at.is_(None))
    return list(session.scalars(wanted.order_by(Notice.id.desc()).limit(100)))


def unread_count(session: Session, person_id: int) -> int:
    """How many notices the person has not read."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Notice)
            .where(Notice.person_id == person_id, Notice.read_at.is_(None))
        )
        or 0
    )
