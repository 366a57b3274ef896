"""To whom mail goes, how often, and that nobody makes the bridge write to a stranger (E12)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import TicketError
from tests.imap.letters import Thread
from tests.imap.world import CLIENT, World, mail
from tests.servers.dovecot import SUPPORT
from tests.servers.mx import authentication_results, stamped

EMPLOYEE = "bob@acme.ch"


def first_mail(results: str | None, **how: str) -> Thread:
    """A thread that begins with a mail of an employee, vouched for by these results."""
    thread = Thread()
    message = mail(sender=EMPLOYEE, number="first", **how)
    raw = stamped(
        message.as_bytes(), mail_from=EMPLOYEE, to=SUPPORT, authentication=results, at=thread.now
    )
    thread.take(raw)
    return thread


FAILED = {
    "DMARC fail": authentication_results("acme.ch", "fail"),
    "nobody's word": None,
    "another server's word": authentication_results("acme.ch", authserv_id="mx.evil.example"),
    "another domain's pass": authentication_results("evil.example"),
}


@pytest.mark.parametrize("results", FAILED.values(), ids=FAILED.keys())
def test_threat_E12_a_first_mail_that_nobody_vouches_for_is_never_answered(
    results: str | None,
) -> None:
    thread = first_mail(results)
    (ticket,) = thread.tickets.values()
    assert ticket.requester.address == EMPLOYEE
    assert not ticket.answerable


@pytest.mark.parametrize(
    "how", [{"Auto_Submitted": "auto-generated"}, {"List_Id": "<a.b>"}, {"Precedence": "bulk"}]
)
def test_threat_E12_a_machine_s_first_mail_is_never_answered(how: dict[str, str]) -> None:
    thread = first_mail(authentication_results("acme.ch"), **how)
    assert [ticket.answerable for ticket in thread.tickets.values()] == [False]


def test_a_first_mail_that_our_server_vouches_for_is_answered() -> None:
    thread = first_mail(authentication_results("acme.ch"), subject="TR: Panne")
    assert [ticket.answerable for ticket in thread.tickets.values()] == [True]


def test_threat_E12_two_answering_machines_reach_the_cap_and_others_are_written_to(
    world: World,
) -> None:
    smtp = {**world._keys["smtp"], "per_hour": 3}
    key = str(world.receive(mail(number="first")))
    world.connect(smtp=smtp)
    world.poll()
    for number in range(3):
        world.connector.apply([world.message(key, f"Note {number}\n", key=f"m{number}")])
    # The count is that of the folder: another pass, and a restart, know it too.
    world.connect(smtp=smtp)
    with pytest.raises(TicketError, match=f"{CLIENT} got 3 mails of ours within the hour"):
        world.connector.apply([world.message(key, "Encore\n", key="m9")])
    other = world.message(key, "Autre\n", key="m10", recipients=("caisse@acme.ch",))
    (receipt,) = world.connector.apply([other])
    assert receipt.refused is None
    assert len(world.smtp.wait_for(4)) == 4
    # What waits is not lost: it goes out when the hour is over.
    world.connect()
    (receipt,) = world.connector.apply([world.message(key, "Encore\n", key="m9")])
    assert receipt.refused is None
    assert len(world.smtp.wait_for(5)) == 5


def test_mails_of_people_and_of_an_hour_ago_do_not_count(world: World) -> None:
    key = str(world.receive(mail(number="first")))
    smtp = {**world._keys["smtp"], "per_hour": 1}
    world.connect(smtp=smtp)
    world.poll()
    ours = mail("Alt", sender=SUPPORT, to=CLIENT, number="old", X_Bridge_Loop=SUPPORT)
    theirs = mail("Bonjour", sender=SUPPORT, to=CLIENT, number="person")
    with world.dovecot.connection() as client:
        client.append("Sent", ours.as_bytes(), [], datetime.now(UTC) - timedelta(hours=2))
        client.append("Sent", theirs.as_bytes(), [], datetime.now(UTC))
    (receipt,) = world.connector.apply([world.message(key, "Note\n")])
    assert receipt.refused is None


def test_threat_E12_what_we_send_names_nobody_but_its_recipients(world: World) -> None:
    key = str(world.receive(mail(number="first", Cc="victim@else.example")))
    world.poll()
    world.connector.apply([world.message(key)])
    (sent,) = world.smtp.wait_for(1)
    assert sent.recipients == (CLIENT,)
    assert "victim@else.example" not in sent.message.as_string()
