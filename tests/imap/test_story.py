"""A client asks by mail, is told an estimate, approves: on the real servers."""

from __future__ import annotations

from bridge.model import ApprovalState, Channel, Field, Priority, Role, State
from connectors.marks import token_digest
from tests.imap.world import CLIENT, World, mail


def test_a_client_asks_is_answered_in_the_thread_and_approves(world: World) -> None:
    uid = world.receive(mail(number="first"))
    world.poll()
    ticket = world.only()
    assert (ticket.key, ticket.title) == (str(uid), "Page blanche")
    assert ticket.body == "Bonjour,\nla page est blanche."
    assert ticket.requester.address == CLIENT
    assert (ticket.channel, ticket.state) == (Channel.EMAIL, State.NEW)
    assert ticket.raw["sender_proven"] is True

    write = world.message(ticket.key)
    receipt = world.connector.apply([write])[0]
    assert receipt.refused is None
    sent = world.smtp.wait_for(1)[0]
    assert sent.recipients == (CLIENT,)
    assert sent.message["In-Reply-To"] == "<first@acme.ch>"
    assert sent.message["Subject"] == "Re: Page blanche"
    assert sent.message["Message-ID"] == receipt.reference
    reply_to = str(sent.message["Reply-To"])

    world.connect()
    world.poll()
    assert [comment.role for comment in world.said()] == [Role.BRIDGE]

    quoted = "\n".join("> " + line for line in sent.message.get_content().splitlines())
    answer = f"J'approuve\n\nLe lun. 18 mai 2026 à 10:00, Agence a écrit :\n{quoted}"
    world.receive(mail(answer, number="yes", answers=receipt.reference, to=reply_to), to=reply_to)
    world.connect()
    world.poll()
    yes = world.said()[-1]
    assert (yes.text, yes.role, yes.doubts) == ("J'approuve", Role.CLIENT, ())
    assert yes.answers == (token_digest(write.token),)
    assert yes.author.address == CLIENT
    assert world.dovecot.flags(uid) == set()


def test_priority_and_approval_are_kept_as_keywords_and_read_back(world: World) -> None:
    uid = world.receive(mail(number="first"))
    world.dovecot.doveadm("flags", "add", "-u", world.dovecot.user, "Personal", "uid", str(uid))
    world.poll()
    receipts = world.connector.apply(
        [
            world.write(str(uid), Field.PRIORITY, Priority.HIGH, "p"),
            world.write(str(uid), Field.APPROVAL, ApprovalState.AWAITING, "a"),
        ]
    )
    assert [receipt.shown for receipt in receipts] == [Priority.HIGH, ApprovalState.AWAITING]
    assert world.dovecot.flags(uid) == {
        "Personal", "bridge-priority-2", "bridge-approval-awaiting",
    }  # fmt: skip
    world.connector.apply([world.write(str(uid), Field.APPROVAL, ApprovalState.APPROVED, "b")])
    world.connector.close()
    world.poll()
    assert world.only().approval is ApprovalState.APPROVED
    assert world.only().labels == ("Personal",)
