"""Alembic's environment: run the revisions on the connection that the configuration carries."""

from __future__ import annotations

from alembic import context

from engine.migrations import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata(),
    compare_type=True,
    render_as_batch=True,
    render_item=tables.render_item,
    user_module_prefix="sa.",
)
with context.begin_transaction():
    context.run_migrations()
