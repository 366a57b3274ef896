"""The address of each ticket, by which the tickets of other sources name it."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from bridge.model.links import address

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Stored tickets get theirs from what the tool said."""
    op.add_column("tickets", sa.Column("address", sa.Text(), nullable=True))
    op.create_index("ix_tickets_address", "tickets", ["address"])
    connection = op.get_bind()
    tickets = sa.table(
        "tickets", sa.column("source"), sa.column("key"), sa.column("head"), sa.column("address")
    )
    for row in connection.execute(sa.select(tickets)).all():
        connection.execute(
            sa.update(tickets)
            .where(tickets.c.source == row.source, tickets.c.key == row.key)
            .values(address=address(json.loads(row.head).get("url") or ""))
        )
