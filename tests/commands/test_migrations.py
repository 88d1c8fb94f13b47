"""The revisions make the tables that the models describe, on both databases."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from engine import db, migrations
from engine.migrations import generate, head, migrate, tables
from tests.conftest import Begin

HINT = "models and revisions differ: run python -m engine.migrations.generate (see its docstring)"


def test_the_revisions_make_the_models_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata()) == [], HINT


def test_migrating_again_changes_nothing(engine: Engine, work: Begin) -> None:
    with work() as w:
        w.record("project.declared", "project:1", "project:1", {})
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM entry")).scalar_one() == 1
        revisions = connection.execute(text("SELECT version_num FROM alembic_version"))
        assert revisions.scalars().all() == [head()]


def test_a_database_that_was_migrated_still_checks_foreign_keys(tmp_path: Path) -> None:
    engine = db.connect(f"sqlite:///{tmp_path / 'new.db'}")
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    engine.dispose()


def test_two_processes_that_start_together_migrate_once(tmp_path: Path) -> None:
    environment = {**os.environ, "BIHUAN_VAR": str(tmp_path)}
    environment.pop("BIHUAN_DATABASE", None)
    call = "from engine.cli import main; main(['migrate', '--json'])"
    command = [sys.executable, "-c", call]
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    for process in both:
        assert process.stdout is not None
        assert head() in process.stdout.read().decode()
        process.stdout.close()
    engine = db.connect(f"sqlite:///{tmp_path / 'bihuan.db'}")
    assert inspect(engine).has_table("entry")
    engine.dispose()


@pytest.fixture
def copied_revisions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The revisions in a folder of the test's own, to generate into."""
    copied = tmp_path / "migrations"
    shutil.copytree(migrations.HERE, copied, ignore=shutil.ignore_patterns("__pycache__"))
    for module in (migrations, generate):
        monkeypatch.setattr(module, "HERE", copied)
    monkeypatch.setattr(migrations.configuration, "__defaults__", (None, copied))
    return copied


def test_a_revision_of_nothing_is_generated_on_top_of_the_newest(copied_revisions: Path) -> None:
    before = head()
    written = generate.generate("Nothing changes")
    assert written.parent == copied_revisions / "versions"
    content = written.read_text()
    assert "revision = 'nothing_changes'" in content
    assert f"down_revision = {before!r}" in content
    assert content.rstrip().endswith("pass")
    assert head() == "nothing_changes"


def test_the_first_revision_can_be_generated_anew(copied_revisions: Path) -> None:
    written = generate.generate_initial()
    assert [path.name for path in (copied_revisions / "versions").glob("*_initial.py")] == [
        written.name
    ]
    for table in tables.metadata().sorted_tables:
        assert f"op.create_table('{table.name}'" in written.read_text()
