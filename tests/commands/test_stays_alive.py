"""What was made by an earlier release goes on: its database runs, its document verifies."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import db
from engine import settings as installation
from engine.ledger.verify import verify_ledger
from engine.migrations import migrate
from engine.people.models import Person
from engine.projects.models import Project
from engine.work import Actor
from engine.workflow import queries
from reports.models import Paper
from reports.trust import Trust
from reports.verify import verify
from tests.data.make import DATABASE, DOCUMENT, TRUST
from tests.district import District

CLOSED, RUNNING = 1, 2


@pytest.fixture
def old(tmp_path: Path) -> Iterator[District]:
    """The database of an earlier release, brought to today's shape."""
    file = tmp_path / "bihuan.db"
    file.write_bytes(gzip.decompress(DATABASE.read_bytes()))
    settings = installation.load({"BIHUAN_VAR": str(tmp_path)})
    engine = db.connect(settings.database)
    migrate(engine)
    district = District(engine, replace(settings, authority=tmp_path / "pki"), project=RUNNING)
    with district.reading() as session:
        for person in session.scalars(select(Person)):
            district.people[person.login] = Actor(person.id, person.name)
    yield district
    engine.dispose()


def test_a_running_instance_goes_on(old: District) -> None:
    assert old.task().node == "monitoring/fill_monitoring"
    old.step()
    assert old.task().node == "monitoring/unit_check"
    old.walk_to("closure/self_evaluate")


def test_an_old_monitored_project_can_be_returned_and_alerted(old: District) -> None:
    old.step()
    old.complete("lu", "return", opinion="请补充")
    assert old.task().assignee_id == old.id("shen")
    assert old.deliver("V2", "2000000").state == "done"
    assert old.task().node == "rectification/draft_notice"


def test_a_closed_project_can_be_read_and_its_ledger_verifies(old: District) -> None:
    with old.reading() as session:
        assert session.get_one(Project, CLOSED).status == "closed"
        assert queries.timeline(session, f"project:{CLOSED}")[-1].title == "绩效科终审"
        instance = queries.instances(session, f"project:{CLOSED}")[0]
        assert "end_closed" in queries.path(session, instance).passed
        assert verify_ledger(session).ok


def test_the_sealed_document_is_still_valid_by_its_own_root(old: District) -> None:
    content, trust = DOCUMENT.read_bytes(), Trust.load(TRUST)
    assert verify(content, trust).verdict == "valid"
    assert verify(content, Trust()).verdict == "untrusted"
    middle = len(content) // 2
    changed = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    assert verify(changed, trust).verdict == "altered"
    with old.reading() as session:
        paper = session.scalars(select(Paper).where(Paper.project_id == CLOSED)).one()
    assert paper.sha256 == hashlib.sha256(content).hexdigest()
