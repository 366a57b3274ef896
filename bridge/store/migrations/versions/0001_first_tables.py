"""The first tables, and the triggers that hold the ledger's chain (L1)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_REFUSED = "the ledger is append-only: enter a correction instead"
_REFUSED_TEXT = "a text of the ledger may be forgotten, not changed"


def _instant() -> sa.types.TypeEngine[Any]:
    return sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")


def _text(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=null)


def _at(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, _instant(), nullable=null)


def _number(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=null)


def _big(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _flag(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=null)


def _table(name: str, key: tuple[str, ...], *items: sa.schema.SchemaItem) -> None:
    op.create_table(name, *items, sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"))


def upgrade() -> None:
    _sources()
    _tickets()
    _writes()
    _ledger()
    _findings()
    {"sqlite": _guard_sqlite, "postgresql": _guard_postgresql}[op.get_bind().dialect.name]()


def _sources() -> None:
    _table("meta", ("name",), _text("name"), _text("value"))
    _table(
        "sources",
        ("name",),
        _text("name"),
        _text("cursor", null=True),
        _at("act_since"),
        _at("last_success_at", null=True),
        _at("last_news_at", null=True),
        _at("last_thorough_at", null=True),
        _text("last_error", null=True),
        _at("last_error_at", null=True),
        _big("tickets_seen"),
        _big("tickets_changed"),
        _big("passes"),
    )
    _table(
        "passes",
        ("id",),
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        _text("source"),
        _at("started_at"),
        _at("finished_at", null=True),
        _flag("ok", null=True),
        _text("error", null=True),
        _text("counts"),
    )
    op.create_index("ix_passes_source", "passes", ["source"])
    _table("memory", ("source", "key"), _text("source"), _text("key"), _text("value"))


def _tickets() -> None:
    _table(
        "tickets",
        ("key", "source"),
        _text("source"),
        _text("key"),
        _at("created_at"),
        _at("updated_at"),
        _at("first_seen_at"),
        _at("changed_at"),
        _text("state", null=True),
        _flag("complete"),
        _flag("has_unmapped"),
        _text("head"),
        _text("raw"),
        _text("client", null=True),
        _text("contract", null=True),
        _at("bound_at", null=True),
    )
    op.create_index("ix_tickets_source_created_at", "tickets", ["source", "created_at"])
    history: dict[str, list[sa.Column[Any]]] = {
        "comments": [
            _text("original", null=True),
            _at("edit_seen_at", null=True),
            _at("removed_at", null=True),
        ],
        "time_entries": [_at("removed_at", null=True)],
        "events": [],
    }
    for name, more in history.items():
        _table(
            name,
            ("ticket", "source", "key"),
            _text("source"),
            _text("ticket"),
            _text("key"),
            _text("content"),
            *more,
            sa.ForeignKeyConstraint(
                ["ticket", "source"], ["tickets.key", "tickets.source"], name=f"fk_{name}_tickets"
            ),
        )
    _table("links", ("origin", "target"), _text("origin"), _text("target"), _text("found_in"))
    op.create_index("ix_links_target", "links", ["target"])


def _writes() -> None:
    _table(
        "records",
        ("key",),
        _text("key"),
        _text("source"),
        _text("ticket"),
        _at("at"),
        _text("by"),
        _text("kind"),
        _big("seconds", null=True),
        _text("verdict", null=True),
        _text("note"),
    )
    op.create_index("ix_records_ticket_source", "records", ["ticket", "source"])
    _table(
        "outbox",
        ("key",),
        _text("key"),
        _text("source"),
        _text("ticket"),
        _text("field"),
        _text("value"),
        _text("mark"),
        _text("token", null=True),
        _text("token_digest", null=True),
        _text("why"),
        _text("state"),
        _number("attempts"),
        _at("planned_at"),
        _at("sent_at", null=True),
        _at("done_at", null=True),
        _text("error", null=True),
        _text("shown", null=True),
        _text("reference", null=True),
    )
    op.create_index("ix_outbox_ticket_source", "outbox", ["ticket", "source"])
    op.create_index("ix_outbox_source_state", "outbox", ["source", "state"])


def _ledger() -> None:
    _table(
        "chain",
        ("client", "seq"),
        _text("client"),
        _number("seq"),
        _text("key"),
        _text("what"),
        _text("kind"),
        _text("contract"),
        _at("at"),
        _big("seconds"),
        _text("ticket", null=True),
        _number("estimate_number", null=True),
        _at("recorded_at"),
        _text("person_digest"),
        _text("note_digest"),
        _text("prev"),
        _text("hash"),
        sa.UniqueConstraint("client", "key", name="uq_chain_client_key"),
    )
    op.create_index("ix_chain_ticket", "chain", ["ticket"])
    _table(
        "chain_texts",
        ("client", "seq"),
        _text("client"),
        _number("seq"),
        _text("salt", null=True),
        _text("person", null=True),
        _text("note", null=True),
        sa.ForeignKeyConstraint(
            ["client", "seq"], ["chain.client", "chain.seq"], name="fk_chain_texts_chain"
        ),
    )
    _table("chain_heads", ("client",), _text("client"), _number("seq"), _text("hash"))


def _findings() -> None:
    _table(
        "breaches",
        ("source", "ticket", "target", "cycle"),
        _text("source"),
        _text("ticket"),
        _text("target"),
        _text("cycle"),
        _at("due_at"),
        _at("recorded_at"),
        _text("rule"),
        _text("superseded_by", null=True),
    )
    _table(
        "quarantine",
        ("source", "key"),
        _text("source"),
        _text("key"),
        _text("reason"),
        _text("raw"),
        _at("first_at"),
        _at("last_at"),
        _number("times"),
        _text("mark", null=True),
    )


def _guard_sqlite() -> None:
    for table, event, when, words in (
        ("chain", "UPDATE", "", _REFUSED),
        ("chain", "DELETE", "", _REFUSED),
        ("chain_texts", "UPDATE", "WHEN NEW.salt IS NOT NULL", _REFUSED_TEXT),
        ("chain_texts", "DELETE", "", _REFUSED_TEXT),
        ("chain_heads", "DELETE", "", _REFUSED),
    ):
        op.execute(
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} {when} "
            f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION bridge_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$"
    )
    for table, event, when, words in (
        ("chain", "UPDATE OR DELETE", "", _REFUSED),
        ("chain_texts", "UPDATE", "WHEN (NEW.salt IS NOT NULL)", _REFUSED_TEXT),
        ("chain_texts", "DELETE", "", _REFUSED_TEXT),
        ("chain_heads", "DELETE", "", _REFUSED),
    ):
        name = f"{table}_no_{event.split()[0].lower()}"
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when} "
            f"EXECUTE FUNCTION bridge_refuse('{words}')"
        )
    for table in ("chain", "chain_texts", "chain_heads"):
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
            f"EXECUTE FUNCTION bridge_refuse('{_REFUSED}')"
        )
