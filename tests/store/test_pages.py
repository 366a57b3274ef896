from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings

from bridge.model import (
    ApprovalState,
    Field,
    Kind,
    Part,
    Priority,
    Receipt,
    Severity,
    State,
    Ticket,
)
from bridge.model import Unmapped as Word
from bridge.model.links import named
from bridge.store import Database, StoreError, links, outbox, pages, quarantine, sources, tickets
from bridge.store.pages import Saved
from bridge.store.tables import comments, time_entries
from connectors.base import Gone, Page, Unreadable
from tests.amounts import amount
from tests.store.values import NOW, any_of, at, comment, entry, event, page, ticket, write


def save(database: Database, page: Page, minutes: int = 0, **more: Any) -> Saved:
    with database.write() as conn:
        return pages.save_page(conn, "desk", page, at(minutes), **more)


def load(database: Database, key: str = "1") -> Ticket:
    with database.read() as conn:
        found = tickets.load(conn, "desk", key)
    assert found is not None
    return found


def full(**more: Any) -> Ticket:
    given: dict[str, Any] = {
        "comments": (comment("c1"), comment("c2", "No.", 1)),
        "time_entries": (entry("t1"), entry("t2", 1800, 1)),
        "events": (event("e1", "state", "new", "open"),),
    }
    return ticket(**(given | more))


def test_a_page_comes_back_as_it_was_read(database: Database) -> None:
    whole = full(
        raw={"id": 1, "nested": {"é": [None, 1.5, "x"]}},
        labels=("a", "b"),
        kind=Kind.INCIDENT,
        severity=Severity.MAJOR,
        estimate=3600,
        consumed=0,
        approval=ApprovalState.AWAITING,
        unmapped=(Word("state", "Gelé"),),
        organisation="ACME",
        project="Site",
    )
    assert save(database, page(whole, ticket("2"))) == Saved(2, ("1", "2"))
    assert load(database) == whole
    with database.read() as conn:
        assert tickets.load(conn, "desk", "3") is None
        source = sources.get(conn, "desk")
    assert source is not None
    assert (source.cursor, source.tickets_seen, source.tickets_changed) == ("c1", 2, 2)
    assert (source.last_news_at, source.act_since) == (NOW, NOW)


@settings(
    max_examples=amount(20, long=150), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(read=any_of(Ticket))
def test_any_ticket_comes_back_as_it_was_read(database: Database, read: Ticket) -> None:
    once: dict[str, Any] = {}
    in_order: dict[str, Any] = {}
    for name in ("comments", "time_entries", "events"):
        items = {item.key: item for item in getattr(read, name)}.values()
        once[name] = tuple(items)
        in_order[name] = tuple(sorted(items, key=lambda i: (i.at, len(i.key), i.key)))
    read = replace(read, source="desk", complete=True, **once)
    with database.write() as conn:
        conn.execute(sa.delete(comments))
        for table in ("time_entries", "events", "tickets"):
            conn.execute(sa.text(f"DELETE FROM {table}"))
    save(database, page(read))
    assert load(database, read.key) == replace(read, **in_order)
    assert save(database, page(read), 5).changed == ()


def test_the_same_page_again_changes_nothing(database: Database) -> None:
    save(database, page(full()))
    assert save(database, page(full()), 5) == Saved(1, ())
    assert load(database) == full()
    with database.read() as conn:
        source = sources.get(conn, "desk")
    assert source is not None
    assert source.last_news_at == NOW


def test_a_stamp_or_raw_alone_is_no_change_and_is_kept(database: Database) -> None:
    save(database, page(full()))
    touched = full(updated_at=at(3), raw={"seen": 2})
    assert save(database, page(touched), 5).changed == ()
    assert load(database) == touched


@pytest.mark.parametrize(
    "more",
    [
        {"title": "Other"},
        {"labels": ("x",)},
        {"body": ""},
        {"consumed": 60},
        {"created_at": at(-1)},
        {"comments": (comment("c3", minutes=2),)},
        {"time_entries": (entry("t1", 60),)},
        {"events": (event("e2", "state", "open", "resolved", 2),)},
    ],
    ids=lambda more: next(iter(more)),
)
def test_a_difference_in_content_is_a_change(database: Database, more: dict[str, Any]) -> None:
    save(database, page(full()))
    assert save(database, page(full(**more)), 5).changed == ("1",)


def test_history_adds_to_what_is_stored(database: Database) -> None:
    save(database, page(full()))
    later = ticket(
        comments=(comment("c3", "Done?", 5),),
        time_entries=(entry("t2", 900, 1),),
        updated_at=at(5),
    )
    save(database, page(later), 6)
    back = load(database)
    assert [item.key for item in back.comments] == ["c1", "c2", "c3"]
    assert [(item.key, item.seconds) for item in back.time_entries] == [("t1", 3600), ("t2", 900)]
    assert [item.key for item in back.events] == ["e1"]


def test_ask_01_an_empty_answer_deletes_nothing(database: Database) -> None:
    save(database, page(full()))
    save(database, page(ticket()), 5)
    save(database, page(cursor="c2"), 6)
    assert load(database) == full()


def test_what_is_proven_gone_disappears_from_the_ticket_and_is_kept(database: Database) -> None:
    save(database, page(full()))
    gone = (Gone("1", Part.TIME_ENTRY, "t1"), Gone("1", Part.COMMENT, "c2"))
    assert save(database, page(gone=gone), 5).changed == ("1",)
    back = load(database)
    assert [item.key for item in back.comments] == ["c1"]
    assert [item.key for item in back.time_entries] == ["t2"]
    with database.read() as conn:
        for table, key in ((time_entries, "t1"), (comments, "c2")):
            row = conn.execute(sa.select(table).where(table.c.key == key)).one()
            assert row.removed_at == at(5)
    assert save(database, page(gone=gone), 6).changed == ()


def test_a_removed_entry_that_is_read_again_is_back(database: Database) -> None:
    save(database, page(full()))
    save(database, page(gone=(Gone("1", Part.TIME_ENTRY, "t1"),)), 5)
    assert save(database, page(full()), 6).changed == ("1",)
    assert load(database) == full()


def test_a_page_that_shows_and_removes_the_same_entry_removes_it(database: Database) -> None:
    save(database, page(full(), gone=(Gone("1", Part.TIME_ENTRY, "t1"),)))
    assert [item.key for item in load(database).time_entries] == ["t2"]


def test_only_comments_and_time_entries_can_be_gone(database: Database) -> None:
    with pytest.raises(ValueError, match="'event' cannot be gone; expected comment or time_entry"):
        save(database, page(gone=(Gone("1", "event", "e1"),)))  # type: ignore[arg-type]


def test_a_head_alone_never_erases_what_is_known(database: Database) -> None:
    known = full(severity=Severity.MINOR, estimate=7200, raw={"all": True}, labels=("x",))
    save(database, page(known))
    head = ticket(body="", estimate=None, title="New title", complete=False, raw={})
    assert save(database, page(head), 5).changed == ("1",)
    assert load(database) == replace(known, title="New title")


def test_a_head_becomes_complete_when_its_history_is_read(database: Database) -> None:
    save(database, page(ticket(complete=False)))
    assert not load(database).complete
    assert save(database, page(ticket()), 5).changed == ("1",)
    assert load(database) == ticket()
    with database.read() as conn:
        assert tickets.counts(conn)["desk"].heads == 0


@pytest.mark.parametrize(
    ("more", "kind", "old", "new"),
    [
        ({"state": State.RESOLVED}, "state", "open", "resolved"),
        ({"state": None}, "state", "open", None),
        ({"priority": Priority.CRITICAL}, "priority", "3", "1"),
        ({"kind": Kind.INCIDENT}, "kind", None, "incident"),
        ({"severity": Severity.BLOCKING}, "severity", None, "blocking"),
        ({"estimate": 5400}, "estimate", None, "5400"),
        ({"approval": ApprovalState.APPROVED}, "approval", None, "approved"),
    ],
)
def test_ask_06_a_change_that_the_tool_does_not_tell_is_observed(
    database: Database, more: dict[str, Any], kind: str, old: str | None, new: str | None
) -> None:
    save(database, page(ticket()))
    assert save(database, page(ticket(**more)), 7).changed == ("1",)
    (seen,) = load(database).events
    assert (seen.kind, seen.old, seen.new, seen.at) == (kind, old, new, at(7))
    assert seen.observed
    assert not seen.own
    assert seen.actor is None
    assert save(database, page(ticket(**more)), 8).changed == ()
    assert len(load(database).events) == 1


def test_an_observed_event_takes_the_newer_stamp_of_the_ticket(database: Database) -> None:
    save(database, page(ticket()))
    save(database, page(ticket(state=State.RESOLVED, updated_at=at(4))), 7)
    assert [item.at for item in load(database).events] == [at(4)]


def test_a_change_that_the_tool_tells_is_not_observed_too(database: Database) -> None:
    save(database, page(ticket()))
    told = event("e9", "state", "open", "resolved", 3)
    save(database, page(ticket(state=State.RESOLVED, updated_at=at(3), events=(told,))), 7)
    assert load(database).events == (told,)


def test_an_old_event_of_the_kind_does_not_explain_a_new_value(database: Database) -> None:
    old = event("e1", "state", "new", "open", -5)
    save(database, page(ticket(events=(old,))))
    save(database, page(ticket(state=State.RESOLVED, events=(old,))), 7)
    assert [item.observed for item in load(database).events] == [False, True]


def test_a_change_told_in_the_second_of_the_last_update_is_not_observed_too(
    database: Database,
) -> None:
    save(database, page(ticket()))
    told = replace(event("e9", "state", "open", "resolved"), at=load(database).updated_at)
    save(database, page(ticket(state=State.RESOLVED, events=(told,))), 7)
    assert load(database).events == (told,)


def test_first_contact_observes_nothing(database: Database) -> None:
    save(database, page(ticket(priority=Priority.CRITICAL, estimate=60)))
    assert load(database).events == ()


def test_the_echo_of_an_own_write_is_observed_as_own(database: Database) -> None:
    save(database, page(ticket()))
    with database.write() as conn:
        outbox.plan(conn, write(value=5400), at(1))
        outbox.sending(conn, "w1", at(1))
        outbox.confirmed(conn, Receipt("w1", 5400), at(1))
        outbox.plan(conn, write("w2", Priority.HIGH, Field.PRIORITY), at(1))
        outbox.sending(conn, "w2", at(1))
        outbox.confirmed(conn, Receipt("w2", Priority.HIGH), at(1))
    save(database, page(ticket(estimate=5400, priority=Priority.CRITICAL)), 7)
    assert {item.kind: item.own for item in load(database).events} == {
        "estimate": True,
        "priority": False,
    }


def test_threat_I2_an_edited_comment_is_marked_and_its_first_words_are_kept(
    database: Database,
) -> None:
    save(database, page(ticket(comments=(comment("c1", "Hm."),))))
    save(database, page(ticket(comments=(comment("c1", "Yes."),))), 5)
    save(database, page(ticket(comments=(comment("c1", "Yes!"),))), 6)
    (shown,) = load(database).comments
    assert (shown.text, shown.edited_at) == ("Yes!", at(6))
    with database.read() as conn:
        assert tickets.original_texts(conn, "desk", "1") == {"c1": comment("c1", "Hm.")}
    assert save(database, page(ticket(comments=(comment("c1", "Yes!"),))), 9).changed == ()
    assert load(database).comments == (shown,)


def test_threat_I2_the_tools_own_stamp_of_an_edit_is_kept(database: Database) -> None:
    save(database, page(ticket(comments=(comment("c1", "Hm."),))))
    edited = comment("c1", "Yes.", edited_at=at(3))
    save(database, page(ticket(comments=(edited,))), 5)
    assert load(database).comments == (edited,)
    with database.read() as conn:
        assert tickets.original_texts(conn, "desk", "1")["c1"].text == "Hm."


def test_a_comment_whose_words_stay_is_not_edited(database: Database) -> None:
    save(database, page(ticket(comments=(comment("c1"),))))
    save(database, page(ticket(comments=(comment("c1", automatic=True),))), 5)
    assert load(database).comments == (comment("c1", automatic=True),)


def test_ask_17_what_cannot_be_read_is_set_aside_and_the_rest_is_stored(
    database: Database,
) -> None:
    save(database, page(ticket(), set_aside=(Unreadable("2", "no date", "{...}"),)))
    with database.read() as conn:
        assert quarantine.count(conn) == {"desk": 1}
        (item,) = quarantine.waiting(conn)
    assert (item.key, item.reason, item.raw, item.times) == ("2", "no date", "{...}", 1)
    save(database, page(ticket("2")), 5)
    with database.read() as conn:
        assert quarantine.count(conn) == {}


def test_ask_05_a_ticket_shown_twice_by_shifting_pages_is_stored_once(database: Database) -> None:
    newer = ticket(title="Newer", updated_at=at(2), comments=(comment("c2", "No.", 1),))
    older = ticket(comments=(comment("c1"),))
    assert save(database, page(newer, older), 5).seen == 1
    back = load(database)
    assert back.title == "Newer"
    assert [item.key for item in back.comments] == ["c1", "c2"]


def test_threat_C3_a_ticket_of_another_source_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="code:1 came in a page of the source desk"):
        save(database, page(ticket(source="code")))


def test_ask_13_a_page_that_fails_moves_no_cursor(database: Database) -> None:
    save(database, page(ticket(), cursor="c1"))
    bad = page(ticket("2"), cursor="c2", gone=(Gone("1", "attachment", "x"),))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="cannot be gone"):
        save(database, bad, 5)
    with database.read() as conn:
        source = sources.get(conn, "desk")
        assert tickets.load(conn, "desk", "2") is None
    assert source is not None
    assert source.cursor == "c1"


def test_a_range_read_out_of_turn_leaves_the_cursor(database: Database) -> None:
    save(database, page(ticket(), cursor="c1"))
    save(database, page(ticket("2"), cursor="range"), move_cursor=False)
    with database.write() as conn:
        assert pages.save_tickets(conn, "desk", [ticket("3")], NOW).changed == ("3",)
    with database.read() as conn:
        source = sources.get(conn, "desk")
    assert source is not None
    assert source.cursor == "c1"


def test_what_a_page_asks_to_remember_is_recalled_by_its_source_only(database: Database) -> None:
    save(database, page(remember={"<a@x>": "1", "<b@x>": "1"}))
    save(database, page(remember={"<a@x>": "2"}))
    with database.read() as conn:
        assert pages.recall(conn, "desk", "<a@x>") == "2"
        assert pages.recall(conn, "desk", "<b@x>") == "1"
        assert pages.recall(conn, "desk", "<c@x>") is None
        assert pages.recall(conn, "code", "<a@x>") is None


def test_threat_H12_text_that_databases_refuse_is_stored_marked(database: Database) -> None:
    odd = "a\0b\ud800c"
    read = ticket(odd, title=odd, comments=(comment(odd, odd),), raw={odd: odd})
    save(database, page(read, cursor=odd, set_aside=(Unreadable(odd + "!", odd, odd),)))
    assert save(database, page(read, cursor=odd)).changed == ()
    back = load(database, odd)
    assert (back.key, back.title) == ("a␀b�c", "a␀b�c")
    assert back.comments[0].text == "a␀b�c"
    assert back.raw == {"a␀b�c": "a␀b�c"}


@pytest.mark.parametrize("text", ["'); DROP TABLE tickets; --", "%(x)s %s :x ?", "\\", '"', "{}"])
def test_threat_H12_text_is_never_part_of_a_statement(database: Database, text: str) -> None:
    read = ticket(text, title=text, comments=(comment(text, text),))
    save(database, page(read, cursor=text, remember={text: text}))
    assert load(database, text) == read


def test_a_naive_instant_is_refused_before_it_is_stored(database: Database) -> None:
    with pytest.raises((ValueError, StoreError), match="no time zone"):
        save(database, page(ticket(updated_at=NOW.replace(tzinfo=None))))


def test_threat_H12_a_page_with_addresses_of_any_length_is_stored(database: Database) -> None:
    long = "https://x.example/" + "".join(chr(0x4E00 + n * n % 20_000) for n in range(1900))
    read = ticket(url=long, body=f"Voir {long}")
    save(database, page(read))
    with database.write() as conn:
        links.save(conn, read.ref, named(read, ["desk", "code"]))
    assert load(database).url == long
