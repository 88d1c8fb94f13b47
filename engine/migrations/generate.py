"""For developers: `python -m engine.migrations.generate "what changes"` writes a new revision.

It compares a scratch database at the newest revision with the models. Read what it wrote before
committing it: where it rebuilds the table `entry`, SQLite loses the triggers, make them again.
`--initial` rewrites the first revision instead, which is allowed only until a release ships it.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from alembic import command
from alembic.script import Script
from sqlalchemy import Engine

from engine import db
from engine.migrations import HERE, configuration, migrate

LONGEST_NAME = 32  # of alembic's version column


def generate(message: str) -> Path:
    """Write the revision that takes the newest shape to that of the models; its file."""
    with _scratch() as engine:
        migrate(engine)
        return _write(engine, HERE, message)


def generate_initial() -> Path:
    """Write the first revision anew: the models' tables out of nothing; its file."""
    with _scratch() as engine, tempfile.TemporaryDirectory() as folder:
        empty = Path(folder)
        (empty / "versions").mkdir()
        for name in ("env.py", "script.py.mako"):
            shutil.copy(HERE / name, empty)
        written = _write(engine, empty, "Initial")
        written.write_text(_by_table(written.read_text()))
        for old in (HERE / "versions").glob("*_initial.py"):
            old.unlink()
        return Path(shutil.move(written, HERE / "versions"))


def _write(engine: Engine, location: Path, message: str) -> Path:
    name = re.sub(r"\W+", "_", message.lower()).strip("_")[:LONGEST_NAME]
    with engine.connect() as connection:
        config = configuration(connection, location)
        written = command.revision(config, message, autogenerate=True, rev_id=name)
    assert isinstance(written, Script)
    path = Path(written.path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.lstrip().startswith("# ###")))
    return path


def _by_table(revision: str) -> str:
    """The revision with one short function for each table instead of one long one for all."""
    start, *tables = re.split(r"(?=^    op\.create_table\()", revision, flags=re.MULTILINE)
    names = [re.findall(r"'(\w+)'", table)[0] for table in tables]
    calls = "".join(f"    _{name}()\n" for name in names)
    pairs = zip(names, tables, strict=True)
    made = "".join(f"\n\ndef _{name}() -> None:\n{table.rstrip()}\n" for name, table in pairs)
    return start + calls + made


@contextmanager
def _scratch() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder:
        engine = db.connect(f"sqlite:///{folder}/scratch.db")
        try:
            yield engine
        finally:
            engine.dispose()


@click.command()
@click.argument("message", required=False)
@click.option("--initial", is_flag=True)
def main(message: str | None, initial: bool) -> None:
    """Write a revision and print its path; format it afterwards (`make format`)."""
    if bool(message) == initial:
        raise click.UsageError("give either a message or --initial")
    click.echo(generate_initial() if initial else generate(message or ""))


if __name__ == "__main__":
    main()
