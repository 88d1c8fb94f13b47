"""Reads of the risks: rules, alerts, rectifications."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.risk.models import Alert, Rectification, RiskRule


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
