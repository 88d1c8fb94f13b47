"""Rows of the hot path: kept back, sent together, and seen by whoever looks in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, bindparam, func, select
from sqlalchemy.exc import IntegrityError, PendingRollbackError

from engine.clock import SHANGHAI
from engine.errors import Conflict
from engine.jobs.models import Job
from engine.statements import Look, add
from engine.work import Work, begin, reading
from engine.workflow.models import Deployment, Instance, Passage
from tests.conftest import Begin

INSTANCE = Look(select(*Instance.__table__.c).where(Instance.id == bindparam("wanted")))
ACTIVE = Look(
    select(Instance.id, Instance.started_at, Instance.memory)
    .where(Instance.status == "active", Instance.title == bindparam("title"))
    .limit(5)
)


def start(work: Work, title: str = "一") -> Instance:
    deployment = Deployment(
        process=title, version=1, name="甲", sha256="0", messages=["a"], at=work.now, by="某人"
    )
    work.session.add(deployment)
    work.session.flush()
    instance = Instance(
        deployment_id=deployment.id,
        process="p",
        subject="project:1",
        title=title,
        unit_path="/1/",
        state=b"\x00state",
        memory={"人": [1, None]},
        started_by="某人",
        started_at=work.now,
    )
    work.session.add(instance)
    work.session.flush()
    return instance


def passage(work: Work, instance: Instance, number: int) -> Passage:
    row = Passage(instance_id=instance.id, at=work.now, nodes=[[number]])
    work.session.add(row)
    return row


def test_a_row_reads_back_as_it_was_written(work: Begin, engine: Engine) -> None:
    with work() as writing:
        made = start(writing)
        assert (made.id, made.version, made.status, made.next_due) == (1, 1, "active", None)
    with reading(engine) as session:
        read = session.get_one(Instance, made.id)
    assert read.state == b"\x00state"
    assert read.memory == {"人": [1, None]}
    assert read.started_at == writing.now
    assert (read.waits, read.status, read.version) == ("", "active", 1)


def test_an_hour_that_clocks_show_twice_is_two_hours(work: Begin, engine: Engine) -> None:
    shown = datetime(1990, 9, 16, 1, 30, tzinfo=SHANGHAI)  # the clocks went back at two
    moments = [shown, shown.replace(fold=1)]
    with work() as writing:
        made = [start(writing, title) for title in "一二"]
        for one, moment in zip(made, moments, strict=True):
            one.started_at = moment
    with reading(engine) as session:
        first, second = (session.get_one(Instance, one.id).started_at for one in made)
    assert second - first == timedelta(hours=1)


def test_rows_of_several_tables_go_together_in_their_order(work: Begin, engine: Engine) -> None:
    with work() as writing:
        made = start(writing)
        written = [passage(writing, made, number) for number in range(40)]
        made.title = "二"
        add(writing.session, Passage, instance_id=made.id, at=writing.now, nodes=[[40]])
        writing.session.flush()
        ids = [one.id for one in written]
        assert made.version == 2
    assert ids == sorted({one for one in ids if one})
    with reading(engine) as session:
        nodes = session.scalars(select(Passage.nodes).order_by(Passage.id)).all()
        title = session.get_one(Instance, made.id).title
    assert nodes == [[[number]] for number in range(41)]
    assert title == "二"


def test_whoever_looks_sees_what_was_kept_back(work: Begin) -> None:
    with work() as writing:
        made = start(writing)
        made.title = "看"
        assert writing.session.scalar(select(Instance.title)) == "看"
        made.title = "再看"
        assert writing.session.scalar(select(Instance.__table__.c.title)) == "再看"
        add(writing.session, Passage, instance_id=made.id, at=writing.now, nodes=[])
        assert writing.session.scalar(select(func.count(Passage.id))) == 1


def test_a_changed_row_grows_its_version_and_can_be_changed_again(
    work: Begin, engine: Engine
) -> None:
    with work() as writing:
        made = start(writing)
        for title in ("二", "二", "三"):
            made.title = title
            writing.session.flush()
        made.status = "ended"
    with reading(engine) as session:
        read = session.get_one(Instance, made.id)
    assert (read.version, read.title, read.status) == (4, "三", "ended")


def test_what_the_database_works_out_is_left_to_the_orm(work: Begin) -> None:
    with work() as writing:
        made = start(writing)
        made.title = func.upper("abc")
        writing.session.flush()
        assert made.title == "ABC"
        given = Deployment(
            id=77, process="q", version=1, name="", sha256="", messages=[], at=writing.now, by=""
        )
        writing.session.add(given)
        writing.session.flush()
        assert writing.session.get(Deployment, 77) is given


def test_a_row_that_another_changed_meanwhile_is_a_conflict(work: Begin, engine: Engine) -> None:
    with work() as writing:
        made = start(writing)
    with reading(engine) as session:
        seen = session.get_one(Instance, made.id)
    with begin(engine, writing.actor) as faster:
        faster.session.get_one(Instance, made.id).title = "快"
    with pytest.raises(Conflict, match="他人"), begin(engine, writing.actor) as slower:
        slower.session.add(seen)
        add(slower.session, Passage, instance_id=made.id, at=slower.now, nodes=[])
        seen.title = "慢"
    with reading(engine) as session:
        assert session.scalar(select(Instance.title)) == "快"
        assert session.scalar(select(func.count(Passage.id))) == 0


def test_a_broken_rule_of_the_database_is_named_without_the_values(work: Begin) -> None:
    with pytest.raises(IntegrityError) as broken, work() as writing:
        for _ in range(2):
            add(
                writing.session, Job, kind="a.b", key="的确一样", arg={}, state="ready",
                run_at=writing.now, created_at=writing.now,
            )  # fmt: skip
    assert broken.value.params is None


def test_a_look_gives_what_the_columns_mean(work: Begin) -> None:
    with work() as writing:
        made = start(writing, "甲")
        start(writing, "乙")
        made.memory = {"k": "v"}
        moment = datetime(2025, 6, 9, 1, 0, tzinfo=UTC)
        assert ACTIVE.rows(writing.session, title="甲") == [(made.id, moment, {"k": "v"})]
        assert ACTIVE.rows(writing.session, title="丙") == []


def test_a_look_at_a_row_refreshes_the_object_that_the_session_holds(work: Begin) -> None:
    with work() as writing:
        made = start(writing)
        writing.session.execute(
            Instance.__table__.update().values(title="别人", version=7)  # type: ignore[attr-defined]
        )
        assert INSTANCE.one(writing.session, Instance, wanted=made.id) is made
        assert (made.title, made.version) == ("别人", 7)
        assert INSTANCE.one(writing.session, Instance, wanted=99) is None
    with work() as later:
        read = INSTANCE.one(later.session, Instance, wanted=made.id)
        assert read is not None
        read.title = "改"
    with work() as later:
        assert later.session.get_one(Instance, made.id).title == "改"


def test_a_savepoint_does_not_swallow_what_was_kept_back(work: Begin) -> None:
    with work() as writing:
        made = start(writing)
        add(writing.session, Passage, instance_id=made.id, at=writing.now, nodes=[])
        made.title = "三"
        with pytest.raises(IntegrityError), writing.session.begin_nested():
            writing.session.add(Passage(instance_id=99, at=writing.now, nodes=None))
        assert writing.session.scalar(select(Instance.title)) == "三"
        assert writing.session.scalar(select(func.count(Passage.id))) == 1


def test_after_a_failed_savepoint_the_work_goes_on(work: Begin, engine: Engine) -> None:
    with work() as writing:
        made = start(writing)
        made.title = "前"
        with pytest.raises(IntegrityError), writing.session.begin_nested():
            passage(writing, made, 1)
            writing.session.add(Passage(instance_id=99, at=writing.now, nodes=None))
        passage(writing, made, 2)
    with reading(engine) as session:
        assert session.scalars(select(Passage.nodes)).all() == [[[2]]]
        assert session.scalar(select(Instance.title)) == "前"


def test_after_a_failure_nothing_can_be_committed(work: Begin, engine: Engine) -> None:
    with pytest.raises(PendingRollbackError), work() as writing:
        made = start(writing)
        passage(writing, made, 1)
        writing.session.add(Passage(instance_id=made.id, at=writing.now, nodes=None))
        with pytest.raises(IntegrityError):
            writing.session.flush()
    with reading(engine) as session:
        assert session.scalar(select(func.count(Passage.id))) == 0


def test_a_work_that_rolls_back_keeps_nothing_and_may_go_on(work: Begin, engine: Engine) -> None:
    with work() as writing:
        made = start(writing)
        add(writing.session, Passage, instance_id=made.id, at=writing.now, nodes=[])
        writing.session.rollback()
        start(writing, "后")
    with reading(engine) as session:
        assert session.scalars(select(Instance.title)).all() == ["后"]
        assert session.scalar(select(func.count(Passage.id))) == 0
