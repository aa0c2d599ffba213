"""What Alembic runs: the steps, on the connection and in the transaction that `store.prepare` opened."""

from __future__ import annotations

from alembic import context

from moodlib.history.model import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite can change a table only by making it anew.
    render_as_batch=True,
)
context.run_migrations()
