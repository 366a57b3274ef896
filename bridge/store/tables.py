"""The tables as queries see them. `migrations/` makes them; a test holds both together."""

from __future__ import annotations

import sqlalchemy as sa

from bridge.store.types import CleanText, JsonText, UtcDateTime

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
    }
)

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("name", CleanText, primary_key=True),
    sa.Column("value", CleanText, nullable=False),
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("name", CleanText, primary_key=True),
    sa.Column("cursor", CleanText),
    sa.Column("act_since", UtcDateTime, nullable=False),
    sa.Column("last_success_at", UtcDateTime),
    sa.Column("last_news_at", UtcDateTime),
    sa.Column("last_thorough_at", UtcDateTime),
    sa.Column("last_error", CleanText),
    sa.Column("last_error_at", UtcDateTime),
    sa.Column("tickets_seen", sa.BigInteger, nullable=False),
    sa.Column("tickets_changed", sa.BigInteger, nullable=False),
    sa.Column("passes", sa.BigInteger, nullable=False),
)

passes = sa.Table(
    "passes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("source", CleanText, nullable=False, index=True),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("ok", sa.Boolean),
    sa.Column("error", CleanText),
    sa.Column("counts", JsonText, nullable=False),
)

memory = sa.Table(
    "memory",
    metadata,
    sa.Column("source", CleanText, primary_key=True),
    sa.Column("key", CleanText, primary_key=True),
    sa.Column("value", CleanText, nullable=False),
)

# Primary keys of tickets and their history begin with what a query names many of: with the source
# first, PostgreSQL reads the whole source for a page as long as it has no statistics of the table.
# `address` is its URL as links compare it. `wakes_at` is when it must be assessed next; NULL is
# never. `changed_at` is another one after each change: by it a pass knows whether what it assessed
# is still what stands there.
# `head` is the ticket without its history, stamps and `raw`: equal heads are equal contents.
tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("source", CleanText, nullable=False),
    sa.Column("key", CleanText, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
    sa.Column("first_seen_at", UtcDateTime, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Column("state", CleanText),
    sa.Column("complete", sa.Boolean, nullable=False),
    sa.Column("has_unmapped", sa.Boolean, nullable=False),
    sa.Column("head", JsonText, nullable=False),
    sa.Column("raw", JsonText, nullable=False),
    sa.Column("client", CleanText),
    sa.Column("contract", CleanText),
    sa.Column("bound_at", UtcDateTime),
    sa.Column("address", CleanText, index=True),
    sa.Column("wakes_at", UtcDateTime),
    sa.PrimaryKeyConstraint("key", "source"),
    sa.Index(None, "source", "created_at"),
    sa.Index(None, "source", "wakes_at"),
    sa.Index(None, "source", "updated_at", "created_at"),
    sa.Index(None, "source", "state", "created_at"),
)


def _of_ticket(name: str, *more: sa.Column[object]) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("source", CleanText, nullable=False),
        sa.Column("ticket", CleanText, nullable=False),
        sa.Column("key", CleanText, nullable=False),
        sa.Column("content", JsonText, nullable=False),
        *more,
        sa.PrimaryKeyConstraint("ticket", "source", "key"),
        sa.ForeignKeyConstraint(["ticket", "source"], ["tickets.key", "tickets.source"]),
    )


# `original` is a comment's content as first read, once it was edited: decisions are assessed by it
# (I2). Removed rows stay, with the moment at which their removal was proven.
comments = _of_ticket(
    "comments",
    sa.Column("original", JsonText),
    sa.Column("edit_seen_at", UtcDateTime),
    sa.Column("removed_at", UtcDateTime),
)
time_entries = _of_ticket("time_entries", sa.Column("removed_at", UtcDateTime))
events = _of_ticket("events")

links = sa.Table(
    "links",
    metadata,
    sa.Column("origin", CleanText, primary_key=True),
    sa.Column("target", CleanText, primary_key=True, index=True),
    sa.Column("found_in", CleanText, nullable=False),
)

records = sa.Table(
    "records",
    metadata,
    sa.Column("key", CleanText, primary_key=True),
    sa.Column("source", CleanText, nullable=False),
    sa.Column("ticket", CleanText, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("by", CleanText, nullable=False),
    sa.Column("kind", CleanText, nullable=False),
    sa.Column("seconds", sa.BigInteger),
    sa.Column("verdict", CleanText),
    sa.Column("note", CleanText, nullable=False),
    sa.Index(None, "ticket", "source"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("key", CleanText, primary_key=True),
    sa.Column("source", CleanText, nullable=False),
    sa.Column("ticket", CleanText, nullable=False),
    sa.Column("field", CleanText, nullable=False),
    sa.Column("value", JsonText, nullable=False),
    sa.Column("mark", CleanText, nullable=False),
    sa.Column("token", CleanText),
    sa.Column("token_digest", CleanText),
    sa.Column("why", JsonText, nullable=False),
    sa.Column("state", CleanText, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("planned_at", UtcDateTime, nullable=False),
    sa.Column("sent_at", UtcDateTime),
    sa.Column("done_at", UtcDateTime),
    sa.Column("error", CleanText),
    sa.Column("shown", JsonText),
    sa.Column("reference", CleanText),
    sa.Index(None, "ticket", "source"),
    sa.Index(None, "source", "state"),
)

# What the last assessment of a ticket concluded, so that nobody need judge in order to show it.
# `asks` counts what waits for a person, `risk_at` is when a promise not kept yet is to be shown.
assessments = sa.Table(
    "assessments",
    metadata,
    sa.Column("source", CleanText, nullable=False),
    sa.Column("ticket", CleanText, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("is_open", sa.Boolean, nullable=False),
    sa.Column("client", CleanText),
    sa.Column("contract", CleanText),
    sa.Column("held", sa.BigInteger, nullable=False),
    sa.Column("promised", sa.BigInteger, nullable=False),
    sa.Column("asks", sa.Integer, nullable=False),
    sa.Column("risk_at", UtcDateTime),
    sa.Column("content", JsonText, nullable=False),
    sa.PrimaryKeyConstraint("ticket", "source"),
    sa.Index(None, "client", "contract"),
    sa.Index(None, "source", "asks"),
    sa.Index(None, "source", "risk_at"),
)

# Ledger entries and decisions of a client form one chain (L1). Nothing here names a person: texts
# stand beside it, and only their salted digests are chained, so that they can be forgotten (L2).
chain = sa.Table(
    "chain",
    metadata,
    sa.Column("client", CleanText, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("key", CleanText, nullable=False),
    sa.Column("what", CleanText, nullable=False),
    sa.Column("kind", CleanText, nullable=False),
    sa.Column("contract", CleanText, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("seconds", sa.BigInteger, nullable=False),
    sa.Column("ticket", CleanText),
    sa.Column("estimate_number", sa.Integer),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("person_digest", CleanText, nullable=False),
    sa.Column("note_digest", CleanText, nullable=False),
    sa.Column("prev", CleanText, nullable=False),
    sa.Column("hash", CleanText, nullable=False),
    sa.UniqueConstraint("client", "key"),
    sa.Index(None, "ticket"),
)

chain_texts = sa.Table(
    "chain_texts",
    metadata,
    sa.Column("client", CleanText, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("salt", CleanText),
    sa.Column("person", JsonText),
    sa.Column("note", CleanText),
    sa.ForeignKeyConstraint(["client", "seq"], ["chain.client", "chain.seq"]),
)

chain_heads = sa.Table(
    "chain_heads",
    metadata,
    sa.Column("client", CleanText, primary_key=True),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("hash", CleanText, nullable=False),
)

breaches = sa.Table(
    "breaches",
    metadata,
    sa.Column("source", CleanText, primary_key=True),
    sa.Column("ticket", CleanText, primary_key=True),
    sa.Column("target", CleanText, primary_key=True),
    sa.Column("cycle", CleanText, primary_key=True),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
    sa.Column("rule", CleanText, nullable=False),
    sa.Column("superseded_by", CleanText),
    sa.Column("breached_at", UtcDateTime),
    sa.Column("basis", JsonText),
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("source", CleanText, primary_key=True),
    sa.Column("key", CleanText, primary_key=True),
    sa.Column("reason", CleanText, nullable=False),
    sa.Column("raw", CleanText, nullable=False),
    sa.Column("first_at", UtcDateTime, nullable=False),
    sa.Column("last_at", UtcDateTime, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("mark", CleanText),
)
