"""When a target was missed, and by which days it was counted (C14, C20)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Breaches recorded before keep neither: nobody knows any more."""
    instant = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
    op.add_column("breaches", sa.Column("breached_at", instant, nullable=True))
    op.add_column("breaches", sa.Column("basis", sa.Text(), nullable=True))
