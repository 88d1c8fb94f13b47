"""Leases: who may run a job now, and the fence that lets only its holder commit.

A claim is a guarded UPDATE; on PostgreSQL it skips rows that others are busy with, on SQLite the
write lock makes claimants wait in line, so they look first. The same statements serve both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Engine, Select, bindparam, func, select, update

from engine.db import Moment, fixed
from engine.jobs.models import Job
from engine.jobs.outcomes import Later, Outcome, Refused
from engine.statements import Glance, Look, change
from engine.work import MACHINE, Work, begin

ATTEMPTS = 8  # claims that end badly before the job becomes an incident
FIRST_PAUSE = timedelta(seconds=2)  # doubled after each failed attempt: about four minutes in all


class LeaseLost(Exception):
    """Another worker holds the job now; nothing of this attempt may be committed."""


@dataclass(frozen=True)
class Claim:
    """A job as its present holder knows it."""

    id: int
    kind: str
    key: str
    arg: dict[str, Any]
    attempt: int
    owner: str


def due(now: datetime | BindParameter[datetime]) -> tuple[Select[int], ...]:
    """Selects the ids of jobs that somebody should run, the most urgent first.

    First those whose holder died, then the ready ones: two selects, each along its own index, so
    that a long backlog costs a claim nothing.
    """
    dropped = select(Job.id).where(Job.state == "leased", Job.lease_until <= now)
    ready = select(Job.id).where(Job.state == "ready", Job.run_at <= now)
    return dropped.order_by(Job.lease_until, Job.id), ready.order_by(Job.run_at, Job.id)


def claim(
    engine: Engine, now: datetime, owner: str, lease: timedelta, job: int | None = None
) -> Claim | None:
    """Lease the most urgent job (or the one called `job`, if due) to `owner`; None if none is.

    Leases are told by the workers' clocks: machines that share a database must agree on the time
    to well within a lease.
    """
    given = {"now": now} | ({} if job is None else {"job": job})
    look, take = _CLAIMS[job is not None]
    if engine.dialect.name == "sqlite" and not _finds(engine, look, given):
        return None
    with begin(engine, MACHINE, now) as work:
        rows = take.rows(work.session, **given, owner=owner, until=now + lease)
    return Claim(*rows[0]) if rows else None


def _finds(engine: Engine, look: Look, given: dict[str, Any]) -> bool:
    """Whether there is something to take, asked without SQLite's only write lock."""
    with Glance(engine) as session:
        ((found,),) = look.rows(session, **given)
    return found is not None


def _claiming(*, one: bool) -> tuple[Look, Look]:
    """Looking whether a job is due, and taking it."""
    found = due(bindparam("now", type_=Moment))
    if one:
        found = tuple(each.where(Job.id == bindparam("job")) for each in found)
    looked = [each.limit(1).scalar_subquery() for each in found]
    taken = [each.limit(1).with_for_update(skip_locked=True).scalar_subquery() for each in found]
    taking = (
        update(Job)
        .where(Job.id == func.coalesce(*taken))
        .values(
            state="leased",
            owner=bindparam("owner", type_=Job.owner.type),
            lease_until=bindparam("until", type_=Moment),
            attempts=Job.attempts + 1,
        )
        .returning(Job.id, Job.kind, Job.key, Job.arg, Job.attempts, Job.owner)
    )
    return Look(select(func.coalesce(*looked))), Look(taking)


_CLAIMS = _claiming(one=False), _claiming(one=True)


def extend(engine: Engine, claim: Claim, now: datetime, lease: timedelta) -> None:
    """Hold the job until `now + lease`; `LeaseLost` if it is no longer ours."""
    with begin(engine, MACHINE, now) as work:
        fence(work, claim)
        _change(work, claim, lease_until=now + lease)


def fence(work: Work, claim: Claim) -> None:
    """Lock the job's row for this transaction; `LeaseLost` if it is no longer ours.

    From here to the commit nobody else can claim the job, even when its lease runs out.
    """
    if not _HELD.rows(work.session, held=claim.id, holder=claim.owner):
        raise LeaseLost(f"job {claim.id} is no longer held by {claim.owner}")


_HELD = Look(
    select(Job.id)
    .where(
        Job.id == bindparam("held"), Job.owner == bindparam("holder"), Job.state == fixed("leased")
    )
    .with_for_update()
)


def settle(work: Work, claim: Claim, outcome: Outcome | None) -> None:
    """Write what came of a job that is fenced, in the transaction of its effect."""
    match outcome:
        case Later():
            _release(work, claim, state="ready", run_at=outcome.moment(work.now), attempts=0)
        case Refused():
            _fail(work, claim, f"{outcome.code}: {outcome.message}")
        case _:
            _release(work, claim, state="done", done_at=work.now, error=None)


def put_back(work: Work, claim: Claim, error: str) -> None:
    """After a failed attempt: try again later, or make the job an incident."""
    fence(work, claim)
    if claim.attempt >= ATTEMPTS:
        _fail(work, claim, error)
    else:
        pause = FIRST_PAUSE * 2 ** (claim.attempt - 1)
        _release(work, claim, state="ready", run_at=work.now + pause, error=error)


def _fail(work: Work, claim: Claim, error: str) -> None:
    _release(work, claim, state="failed", done_at=work.now, error=error)
    subject = f"job:{claim.id}"
    work.record("job.failed", subject, subject, {"kind": claim.kind, "error": error})


def _release(work: Work, claim: Claim, **values: Any) -> None:
    _change(work, claim, owner=None, lease_until=None, **values)


def _change(work: Work, claim: Claim, **values: Any) -> None:
    change(work.session, Job, {"id": claim.id, "owner": claim.owner}, **values)
