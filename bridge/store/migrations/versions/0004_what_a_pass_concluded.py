"""What was concluded of each ticket, and when it must be assessed next."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    """What no pass had brought to its end is assessed by the next one. Everything else that is
    open wakes by itself: no configuration is known under which it was assessed."""
    instant = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
    op.add_column("tickets", sa.Column("wakes_at", instant, nullable=True))
    op.create_index("ix_tickets_source_wakes_at", "tickets", ["source", "wakes_at"])
    op.create_index(
        "ix_tickets_source_updated_at_created_at", "tickets", ["source", "updated_at", "created_at"]
    )
    op.create_index(
        "ix_tickets_source_state_created_at", "tickets", ["source", "state", "created_at"]
    )
    op.create_table(
        "assessments",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("client", sa.Text(), nullable=True),
        sa.Column("contract", sa.Text(), nullable=True),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("promised", sa.BigInteger(), nullable=False),
        sa.Column("asks", sa.Integer(), nullable=False),
        sa.Column("risk_at", instant, nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ticket", "source", name="pk_assessments"),
    )
    for name, columns in {
        "ix_assessments_client_contract": ["client", "contract"],
        "ix_assessments_source_asks": ["source", "asks"],
        "ix_assessments_source_risk_at": ["source", "risk_at"],
    }.items():
        op.create_index(name, "assessments", columns)
    _wake_what_is_left(instant)


def _wake_what_is_left(instant: sa.types.TypeEngine[datetime]) -> None:
    connection = op.get_bind()
    meta = sa.table("meta", sa.column("name"), sa.column("value"))
    tickets = sa.table(
        "tickets", sa.column("source"), sa.column("changed_at"), sa.column("wakes_at")
    )
    on_sqlite = connection.dialect.name == "sqlite"

    def bound(at: datetime) -> object:
        text = at.isoformat(timespec="microseconds").replace("+00:00", "Z")
        return text if on_sqlite else sa.literal(at, instant)

    sources = connection.execute(sa.text("SELECT DISTINCT source FROM tickets")).scalars().all()
    for source in sources:
        settled = connection.execute(
            sa.select(meta.c.value).where(meta.c.name == f"settled {source}")
        ).scalar_one_or_none()
        left = sa.update(tickets).where(tickets.c.source == source)
        if settled is not None:
            moment = datetime.fromisoformat(settled).astimezone(UTC)
            left = left.where(tickets.c.changed_at >= bound(moment))
        connection.execute(left.values(wakes_at=bound(_AT_ONCE)))
    for gone in ("settled %", "books of % in %", "years of the books"):
        connection.execute(sa.delete(meta).where(meta.c.name.like(gone)))
