"""How far an administrator reaches: their own unit and those below it, and the people there."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from engine.errors import Forbidden
from engine.people import queries
from engine.people.models import Person, RoleAssignment
from engine.people.policy import covers
from forms.platform import me
from forms.text import _

KEEPERS = ("administrator", "security_officer")


def check_unit(session: Session, unit_id: int) -> None:
    """`Forbidden` for a unit out of the reach of the person signed in."""
    if not covers(me().grants, KEEPERS, queries.unit(session, unit_id).path):
        raise Forbidden(_("这个单位不在您的管理范围内"))


def check_person(session: Session, person_id: int) -> None:
    """`Forbidden` for a person of such a unit, or who holds a role for one.

    Whoever resets a password can sign in with it, and then does what its owner may do.
    """
    check_unit(session, queries.person(session, person_id).unit_id)
    paths = [grant.path for grant in queries.grants(session, person_id)]
    if not all(covers(me().grants, KEEPERS, path) for path in paths):
        raise Forbidden(_("此人的职责超出您的管理范围"))


def check_grant(session: Session, role: str) -> None:
    """Roles are given by the security officer: who makes accounts does not empower them (D.3-4).

    A fresh installation has none yet; its administrator names the first, and only that.
    """
    if any(grant.role == "security_officer" for grant in me().grants):
        return
    named = session.scalar(
        select(
            exists().where(
                RoleAssignment.role == "security_officer",
                RoleAssignment.person_id == Person.id,
                Person.active,
            )
        )
    )
    if role != "security_officer" or named:
        raise Forbidden(_("角色由安全管理员授予；管理员只负责账号"))


def check_assignment(session: Session, assignment_id: int) -> None:
    """`Forbidden` for a role held for such a unit."""
    held = session.get(RoleAssignment, assignment_id)
    if held is not None:
        check_unit(session, held.unit_id)
