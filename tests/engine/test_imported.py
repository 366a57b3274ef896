"""History that was there before the question: imported, back-dated, or of another time (I1, I2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.model import ApprovalState, Person
from bridge.store import ledger
from tests.engine.desk import JANE, Desk
from tests.rules.making import ALICE, asked, assessed, estimated, said, ticket

H = 3600
IMPORTER = Person("Import", "99", "import")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.sync()
    yield made
    made.database.close()


def test_threat_I1_a_yes_in_imported_history_is_no_answer_to_the_question_asked_now(
    desk: Desk,
) -> None:
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=3 * H)
    desk.tool.say(key, JANE, "Estimation : 3 h")
    desk.tool.say(key, ALICE, "J'approuve")
    desk.tool.log_time(key, JANE, H)
    desk.sync()
    desk.sync()
    assert desk.tool.tickets[key].approval is ApprovalState.AWAITING
    with desk.database.read() as conn:
        assert [e for e in ledger.entries(conn, "acme") if e.ticket] == []
    desk.tool.say(key, ALICE, "J'approuve")
    desk.sync()
    assert desk.tool.tickets[key].approval is ApprovalState.APPROVED


@pytest.mark.parametrize("minutes", [1, 60 * 24, 60 * 24 * 365])
def test_threat_I1_a_comment_that_is_dated_before_the_question_decides_nothing(
    desk: Desk, minutes: int
) -> None:
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=3 * H)
    desk.sync()
    (question,) = [c for c in desk.tool.tickets[key].comments if c.author.login == "bridge"]
    number = desk.tool.say(key, ALICE, "J'approuve")
    dated = question.at - timedelta(minutes=minutes)
    comments = tuple(
        replace(c, at=dated) if c.key == number else c for c in desk.tool.tickets[key].comments
    )
    desk.tool.change(key, IMPORTER, comments=comments)
    desk.sync()
    assert desk.tool.tickets[key].approval is ApprovalState.AWAITING


def test_threat_I1_an_import_account_that_repeats_the_client_s_words_decides_nothing(
    desk: Desk,
) -> None:
    key = desk.opened()
    desk.tool.change(key, JANE, estimate=3 * H)
    desk.sync()
    desk.tool.say(key, IMPORTER, "J'approuve")
    desk.sync()
    assert desk.tool.tickets[key].approval is ApprovalState.AWAITING
    assert any("import is no approver of this client" in r.text for _, r in desk.attention())


def test_an_answer_whose_question_is_gone_from_the_thread_decides_nothing() -> None:
    thread, sent = asked(estimated(ticket(), "3h"))
    without = replace(thread, comments=())
    answered = said(without, ALICE, "J'approuve", 30)
    assert assessed(answered, replace(sent, reference="gone")).approval.state is (
        ApprovalState.AWAITING
    )
    assert assessed(said(thread, ALICE, "J'approuve", 30), sent).approval.state is (
        ApprovalState.APPROVED
    )
