"""What Alembic runs: the revisions, over the connection that the program handed in.

The caller owns the transaction, so a migration that fails leaves the database as it was.
"""

from __future__ import annotations

from alembic import context

from bridge.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
