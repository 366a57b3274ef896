"""Work in one tool that is done for a request in another: it counts there, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bridge.config import load
from bridge.engine.agreements import Agreements
from bridge.engine.assess import Assessed, assess_stored
from bridge.engine.result import PassResult
from bridge.engine.sync import Sync
from bridge.model import ApprovalState, FoundIn, Kind, Link, Person, Role, State, Ticket
from bridge.model.links import address, named
from bridge.store import ledger
from bridge.store.database import Database
from connectors.memory import WORLD, Tool

ALICE = Person("Alice Rochat", "7", "alice")
BOB = Person("Bob Favre", "11", "bob")
JANE = Person("Jane Doe", "9", "jdoe")
AT = datetime(2026, 5, 18, 8, 0, tzinfo=UTC)

CONFIGURATION = """
[bridge]
database = "sqlite:///bridge.db"

[sources.desk]
type = "memory"
tool = "desk"
writes = ["consumed", "approval", "message"]

[sources.code]
type = "memory"
tool = "code"
mapping = "code.toml"
writes = ["consumed", "approval"]

[provider]
name = "Agence SA"
people = ["desk:jdoe", "code:jdoe"]

[clients.acme]
name = "ACME SA"
match = [{ source = "desk", project = "acme" }, { source = "code", project = "acme" }]
approvers = ["desk:alice"]
contracts = ["book"]

[clients.beta]
name = "Beta SA"
match = [{ source = "desk", project = "beta" }, { source = "code", project = "beta" },
  { source = "code", label = "beta" }]
approvers = ["desk:bob"]
contracts = ["other"]

[contracts.book]
preset = "carnet"
same_day_cutoff = "16:00"
prepaid.purchased = [{ date = 2026-01-01, hours = 40 }]

[contracts.other]
preset = "carnet"
same_day_cutoff = "16:00"
prepaid.purchased = [{ date = 2026-01-01, hours = 10 }]
"""


class House:
    """Two tools, one bridge over both, one clock that moves a minute with every look."""

    def __init__(self, folder: Path) -> None:
        self.now = AT
        self.desk = WORLD["desk"] = Tool(self.clock)
        self.code = WORLD["code"] = Tool(self.clock)
        mapping = 'extends = "memory"\n[link]\n"HD-*" = "desk"\n'
        (folder / "code.toml").write_text(mapping, encoding="utf-8")
        self.file = folder / "config.toml"
        self.file.write_text(CONFIGURATION, encoding="utf-8")
        self.database = Database.open(load(self.file).database_url().reveal())
        self.configure()
        self.sync()

    def configure(self) -> None:
        """Read the configuration, as every start of the bridge does."""
        self.agreements = Agreements(load(self.file))
        self.engine = Sync(self.agreements, self.database, self.clock)

    def clock(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    def sync(self, *sources: str) -> dict[str, PassResult]:
        return {name: self.engine.run(name) for name in sources or ("code", "desk")}

    def asked(self, title: str = "Filtre", client: str = "acme", **values: Any) -> str:
        """A client's request in the desk, already agreed: small requests need no approval."""
        by = ALICE if client == "acme" else BOB
        key = self.desk.open("desk", title, by, project=client, kind=Kind.REQUEST, **values)
        self.desk.change(key, JANE, estimate=7200)
        self.sync("desk")
        self.desk.say(key, by, "J'approuve")
        self.sync("desk")
        return key

    def worked(self, title: str, seconds: int, by: Person = JANE, **values: Any) -> str:
        """An issue in the other tool, with time on it."""
        key = self.code.open("code", title, by, **values)
        self.code.log_time(key, JANE, seconds)
        return key

    def assessed(self, source: str, key: str) -> Assessed:
        with self.database.read() as conn:
            (one,) = assess_stored(conn, self.agreements, source, [key], self.now)
        return one

    def taken(self, client: str = "acme") -> dict[str | None, int]:
        """What the ledger holds, by ticket."""
        found: dict[str | None, int] = {}
        with self.database.read() as conn:
            for entry in ledger.entries(conn, client):
                found[entry.ticket] = found.get(entry.ticket, 0) - entry.seconds
        found.pop(None)
        return {ref: seconds for ref, seconds in found.items() if seconds}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.database.close()


@pytest.mark.parametrize("words", ["desk#1", "for DESK:1, urgent", "HD-1 (filter)", "see hd-1."])
def test_work_that_names_a_request_counts_for_it_once(house: House, words: str) -> None:
    assert house.asked() == "1"
    work = house.worked(words, 5400)
    house.sync()
    house.sync()
    assert house.taken() == {"desk:1": 5400}
    assert house.desk.tickets["1"].consumed == 5400
    issue = house.assessed("code", work)
    assert issue.assessment.attention == ()
    assert issue.assessment.why[0].text == "its work counts for desk:1, named in its title"
    request = house.assessed("desk", "1")
    assert [(piece.ref, piece.entry.seconds) for piece in request.linked] == [("code:1", 5400)]
    assert any("code:1, linked" in reason.text for reason in request.assessment.charge.why)


def test_a_request_is_named_by_its_address_whatever_stands_behind_it(house: House) -> None:
    key = house.asked()
    house.desk.change(key, JANE, url="https://desk.example/a/tickets/1")
    house.worked("Travail", 3600, body="Voir https://Desk.example/a/tickets/1?tab=2#note_3.")
    house.sync("desk")
    house.sync()
    assert house.taken() == {"desk:1": 3600}


@pytest.mark.parametrize("place", [{"labels": ("desk#1",)}, {"link": "desk:1"}])
def test_a_label_or_the_field_for_it_names_a_request_too(
    house: House, place: dict[str, Any]
) -> None:
    house.asked()
    house.worked("Travail", 3600, by=Person("Import", "1", "import"), **place)
    house.sync()
    assert house.taken() == {"desk:1": 3600}


def test_work_told_by_command_and_by_spend_counts_too(house: House) -> None:
    house.asked()
    work = house.worked("desk#1", 600)
    house.code.say(work, JANE, "/spend 20m")
    house.sync()
    assert house.taken() == {"desk:1": 1800}


def test_an_issue_of_the_same_client_is_not_charged_for_itself_as_well(house: House) -> None:
    house.asked()
    work = house.worked("Filtre", 3600, project="acme")
    house.code.say(work, ALICE, "J'approuve")
    house.sync()
    before = house.taken()
    house.code.change(work, JANE, title="Filtre, desk#1")
    house.sync()
    assert house.taken() == {"desk:1": 3600}
    assert house.assessed("code", work).assessment.approval.state is ApprovalState.NOT_REQUIRED
    house.code.change(work, JANE, title="Filtre")
    house.sync()
    assert house.taken() == before


def test_a_closed_request_gets_the_hours_that_are_logged_afterwards(house: House) -> None:
    key = house.asked()
    work = house.worked("desk#1", 600)
    house.sync()
    house.desk.change(key, JANE, state=State.CLOSED)
    house.sync()
    house.code.log_time(work, JANE, 1200)
    house.sync()
    assert house.taken() == {"desk:1": 1800}


def test_work_that_came_before_its_request_was_known_counts_once_it_is(house: House) -> None:
    work = house.worked("desk#1", 600)
    house.sync()
    why = house.assessed("code", work).assessment.why
    assert "names desk:1, which is not known here" in [reason.text for reason in why]
    assert house.taken() == {}
    house.asked()
    house.sync()
    assert house.taken() == {"desk:1": 600}


def test_a_chain_counts_for_the_request_at_its_end(house: House) -> None:
    web = [("code:1", "desk:1"), ("desk:1", "code:2")]
    house.worked("desk#1", 600)
    house.desk.open("desk", "Suite de code#2", JANE)
    house.worked("Demande", 60, project="acme", by=ALICE)
    house.sync()
    house.sync()
    assert [house.assessed(*ref.split(":")).assessment.why[0].text for ref, _ in web] == [
        "its work counts for code:2 by way of desk:1, named in its title",
        "its work counts for code:2, named in its title",
    ]
    assert [piece.entry.seconds for piece in house.assessed("code", "2").linked] == [600]


def test_threat_I8_a_mention_of_another_clients_request_moves_no_hours(house: House) -> None:
    house.asked()
    stolen = house.worked("Comme desk#1", 600, by=BOB, project="beta")
    stranger = house.worked("Comme desk#1", 600, by=Person("Mallory", "13", "mallory"))
    house.sync()
    assert house.taken() == {}
    said = {ref: house.assessed("code", ref).assessment.attention for ref in (stolen, stranger)}
    assert said[stolen][-1].text == "names desk:1, which is acme's, and is itself beta's"
    assert said[stranger][-1].text == "names desk:1 in a text that is not one of our people's"


def test_two_requests_or_a_circle_are_for_a_person(house: House) -> None:
    house.asked()
    house.asked()
    both = house.worked("desk#1 et desk#2", 600)
    back = house.worked("desk#1", 600)
    house.desk.change("1", JANE, labels=(f"code#{back}",))
    house.sync()
    house.sync()
    assert house.taken() == {}
    text = house.assessed("code", both).assessment.attention[-1].text
    assert text == "names desk:1 and desk:2: its work can count for one only"
    text = house.assessed("code", back).assessment.attention[-1].text
    assert text == "names desk:1, which names it in turn: say for which the work counts"


def test_a_circle_that_is_opened_gives_the_hours_to_the_request(house: House) -> None:
    house.asked()
    house.worked("desk#1", 600)
    house.desk.change("1", JANE, labels=("code#1",))
    house.sync()
    assert house.taken() == {}
    house.desk.change("1", JANE, labels=())
    house.sync()
    house.sync()
    assert house.taken() == {"desk:1": 600}


def test_a_batch_of_linked_tickets_takes_no_more_questions_than_one(house: House) -> None:
    keys = [house.desk.open("desk", "Filtre", ALICE, project="acme") for _ in range(60)]
    for key in keys:
        house.worked(f"desk#{key}", 600)
    house.sync()
    assert _questions(house, keys) == _questions(house, keys[:1])


def _questions(house: House, keys: list[str]) -> int:
    count = 0

    def counted(*arguments: Any) -> None:
        nonlocal count
        count += 1

    with house.database.read() as conn:
        sa.event.listen(conn, "before_cursor_execute", counted)
        assessed = list(assess_stored(conn, house.agreements, "desk", keys, house.now))
        sa.event.remove(conn, "before_cursor_execute", counted)
    assert all(len(one.linked) == 1 for one in assessed)
    return count


def _ticket(**values: Any) -> Ticket:
    made = Ticket("code", "7", "https://code.example/7", "", "", JANE, AT, AT)
    return replace(made, **{"opened_by": Role.PROVIDER, **values})


@pytest.mark.parametrize(
    "text",
    [
        "code#1",  # its own source
        "mydesk#1 desk2#1 a/desk#1 x@desk:1",  # other words
        "desk: 1 desk# desk:, desk:.",  # no key
        "HD- AHD-1 HD--",
        "https://code.example/7#top",  # itself
    ],
)
def test_what_is_no_name_of_another_request_is_none(text: str) -> None:
    assert named(_ticket(body=text), ["code", "desk"], [("HD-*", "desk")]) == ()


@pytest.mark.parametrize("text", ["ınbox#1", "İnbox:1"])
def test_threat_H10_a_letter_that_only_looks_alike_names_nothing_and_breaks_nothing(
    text: str,
) -> None:
    assert named(_ticket(body=f"{text} inbox#2"), ["code", "inbox"]) == (
        Link("code:7", "inbox:2", FoundIn.BODY),
    )


def test_a_request_is_found_behind_any_number_of_other_addresses() -> None:
    body = " ".join(f"https://wiki.example/{number}" for number in range(30))
    found = named(_ticket(body=f"{body} desk#1 HD-2"), ["code", "desk"], [("HD-*", "desk")])
    assert [link.target for link in found[:2]] == ["desk:1", "desk:2"]


def test_threat_H12_an_address_longer_than_any_requests_is_none() -> None:
    long = "https://x.example/" + "".join(chr(0x4E00 + n * 7 % 9000) for n in range(1900))
    assert named(_ticket(body=f"{long} https://y.example/1", url=long), ["code", "desk"]) == (
        Link("code:7", "https://y.example/1", FoundIn.BODY),
    )


def test_threat_H10_a_long_text_is_read_in_time_that_grows_with_its_length() -> None:
    text = "desk#" * 40_000 + "https://" * 20_000 + "HD-" * 40_000
    assert len(named(_ticket(body=text), ["code", "desk"], [("HD-*", "desk")])) <= 20


def test_addresses_are_compared_by_host_and_path() -> None:
    assert address(" HTTPS://Desk.example/A/1/?x=1#y ") == "https://desk.example/A/1"
    assert address("https://[bad") == "https://[bad"
