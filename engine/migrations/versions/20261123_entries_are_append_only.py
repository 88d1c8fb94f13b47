"""Entries of the ledger are append-only: the database itself refuses to change or remove one."""

from __future__ import annotations

from alembic import op

revision = "entries_are_append_only"
down_revision = "initial"
branch_labels = None
depends_on = None

FIXED = (
    "id", "kind", "subject", "matter", "actor_id", "actor", "at", "payload", "salt", "leaf",
)  # fmt: skip
ONCE = ("number", "head")  # written by the sequencer, from nothing, one time


def _kept(same: str) -> str:
    fixed = [f"NEW.{name} {same} OLD.{name}" for name in FIXED]
    once = [f"(OLD.{name} IS NULL OR NEW.{name} {same} OLD.{name})" for name in ONCE]
    return " AND ".join(fixed + once)


def upgrade() -> None:
    """Apply this revision; there is no way back but a backup."""
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _guard_sqlite() -> None:
    refuse = "SELECT RAISE(ABORT, 'ledger entries are append-only')"
    op.execute(
        f"CREATE TRIGGER entry_keeps BEFORE UPDATE ON entry WHEN NOT ({_kept('IS')}) "
        f"BEGIN {refuse}; END"
    )
    op.execute(f"CREATE TRIGGER entry_stays BEFORE DELETE ON entry BEGIN {refuse}; END")


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION entry_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'ledger entries are append-only'; END $$"
    )
    refuse = "EXECUTE FUNCTION entry_is_append_only()"
    kept = _kept("IS NOT DISTINCT FROM")
    op.execute(
        "CREATE TRIGGER entry_keeps BEFORE UPDATE ON entry FOR EACH ROW "
        f"WHEN (NOT ({kept})) {refuse}"
    )
    op.execute(f"CREATE TRIGGER entry_stays BEFORE DELETE ON entry FOR EACH ROW {refuse}")
    op.execute(f"CREATE TRIGGER entry_remains BEFORE TRUNCATE ON entry {refuse}")
