"""What an answer by mail decides: each trick of the sender, the thread and the text, to its end.

Every mail here answers an open question with the words "J'approuve" and a proof that is perfect
but for what is tried; after it the request is still waiting, and a person is told why.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.model import ApprovalState
from tests.imap.letters import ACME, Asked, Thread
from tests.imap.test_content import GOOD, HIDING, MACHINES, TRICKS, html_bytes
from tests.imap.test_sender import FORGED, FORMS
from tests.imap.world import CLIENT, mail
from tests.servers.mx import authentication_results

AWAITING, APPROVED = ApprovalState.AWAITING, ApprovalState.APPROVED
GLOBEX = "chef@globex.example"


@pytest.fixture
def asked() -> Asked:
    return Asked()


def written(asked: Asked, *fields: bytes, body: bytes = b"J'approuve\r\n") -> bytes:
    """An answer with just these fields, to the address of the question."""
    to = b"To: " + asked.address.encode()
    head = (*fields, to, b"Message-ID: <odd@acme.ch>", b"Date: Mon, 18 May 2026 10:00:00 +0200")
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def test_the_plain_answer_behind_all_of_these_approves(asked: Asked) -> None:
    asked.arrives(written(asked, b"From: " + CLIENT.encode()), to=asked.address)
    assert asked.now_is() is APPROVED
    assert asked.doubts(asked.key) == ""


@pytest.mark.parametrize(("fields", "domain"), FORMS)
def test_threat_E1_a_look_alike_of_the_approver_with_a_proof_of_its_own_leaves_it_awaiting(
    asked: Asked, fields: bytes, domain: bytes
) -> None:
    asked.arrives(written(asked, fields), to=asked.address, domain=domain.decode())
    assert asked.now_is() is AWAITING
    assert asked.last(asked.key).author.address != CLIENT
    assert "does not count" in asked.doubts(asked.key)


def test_threat_E1_there_are_thirty_forms_at_least() -> None:
    assert len({fields for fields, _ in FORMS}) >= 30


@pytest.mark.parametrize(
    "name",
    ["Reply-To", "Sender", "Return-Path", "Resent-From", "Resent-Sender", "X-Original-From",
     "X-From", "X-Sender", "Envelope-From", "X-Zammad-From", "X-Bridge-Ticket", "Errors-To"],
)  # fmt: skip
def test_threat_E2_a_stranger_with_the_approver_in_another_field_leaves_it_awaiting(
    asked: Asked, name: str
) -> None:
    fields = (b"From: eve@evil.example", f"{name}: {CLIENT}".encode())
    asked.arrives(written(asked, *fields), to=asked.address, domain="evil.example")
    assert asked.now_is() is AWAITING
    assert "eve@evil.example is no approver of this client" in asked.doubts(asked.key)


@pytest.mark.parametrize("fields", FORGED.values(), ids=FORGED.keys())
def test_threat_E3_a_forged_or_weak_proof_leaves_it_awaiting(
    asked: Asked, fields: list[bytes]
) -> None:
    asked.take(written(asked, *fields))
    assert asked.now_is() is AWAITING
    assert asked.doubts(asked.key)


def test_threat_E3_there_are_twenty_fields_at_least() -> None:
    assert len(FORGED) >= 20


def test_threat_E5_a_token_in_the_hands_of_another_client_s_approver_decides_nothing(
    asked: Asked,
) -> None:
    message = asked.answer(sender=GLOBEX)
    asked.arrives(message, to=asked.address, domain="globex.example")
    assert asked.now_is() is AWAITING
    assert f"{GLOBEX} is no approver of this client" in asked.doubts(asked.key)


def test_threat_E5_the_token_of_an_older_estimate_answers_the_newer_one_no_more(
    asked: Asked,
) -> None:
    old = asked.address
    asked.ask(asked.key, 2)
    asked.arrives(mail("J'approuve", number="late", to=old), to=old)
    assert asked.now_is() is AWAITING
    assert "does not prove to answer this estimate" in asked.doubts(asked.key)


def test_threat_E5_the_token_of_another_request_of_the_same_client_does_not_decide_here(
    asked: Asked,
) -> None:
    other = asked.begin("Filtre")
    asked.ask(other)
    asked.arrives(asked.answer(number="one"), to=asked.address)
    assert asked.state(asked.key) is APPROVED
    assert asked.state(other) is AWAITING


def test_threat_E5_token_and_thread_of_two_requests_are_for_a_person(asked: Asked) -> None:
    other = asked.begin("Filtre")
    _, theirs = asked.ask(other)
    asked.arrives(asked.answer(number="one", answers=theirs), to=asked.address)
    assert asked.state(asked.key) is AWAITING
    assert asked.state(other) is AWAITING
    assert "the token in its address and its thread belong" in asked.doubts(asked.key)


@pytest.mark.parametrize(
    "how",
    ["cut", "longer", "turned", "in the body", "in the subject", "in a field of its own"],
)
def test_threat_E5_a_token_that_is_guessed_or_at_another_place_decides_nothing(
    asked: Asked, how: str
) -> None:
    local, _, host = asked.address.partition("@")
    box, _, token = local.partition("+")
    wrong = {"cut": token[:-1], "longer": token + "a", "turned": token[::-1]}.get(how)
    to = f"{box}+{wrong}@{host}" if wrong else f"{box}@{host}"
    message = mail(
        token if how == "in the body" else "J'approuve", number="x", to=to,
        answers="<first-0@acme.ch>", subject=token if how == "in the subject" else "Re",
        **({"X_Token": asked.address} if how == "in a field of its own" else {}),
    )  # fmt: skip
    asked.arrives(message, to=to)
    assert asked.now_is() is AWAITING


def _answering(asked: Asked, raw: bytes) -> bytes:
    """A mail of the tests for content, as an answer to the question."""
    start = raw.index(b"From:")
    return raw[:start] + f"In-Reply-To: {asked.ours}\r\n".encode() + raw[start:]


@pytest.mark.parametrize("html", HIDING)
def test_threat_E6_html_with_a_trick_and_a_perfect_sender_leaves_it_awaiting(
    asked: Asked, html: str
) -> None:
    asked.arrives(_answering(asked, html_bytes(html)), to=asked.address)
    assert asked.last(asked.key).author.address == CLIENT
    assert asked.now_is() is AWAITING
    assert asked.doubts(asked.key)


@pytest.mark.parametrize("raw", TRICKS.values(), ids=TRICKS.keys())
def test_threat_E6_a_doubtful_structure_with_a_perfect_sender_leaves_it_awaiting(
    asked: Asked, raw: bytes
) -> None:
    asked.arrives(_answering(asked, raw), to=asked.address)
    assert asked.now_is() is AWAITING
    assert asked.doubts(asked.key)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("J'approuve", "<p>Je refuse</p>"),
        ("Je refuse", "<p>J'approuve</p>"),
        ("J'approuve", "<p>J'approuve le menu seulement</p>"),
        ("Merci", "<p>J'approuve</p>"),
    ],
)
def test_threat_E6_a_text_and_a_page_with_two_opinions_leave_it_awaiting(
    asked: Asked, text: str, html: str
) -> None:
    asked.arrives(_answering(asked, html_bytes(html, text)), to=asked.address)
    assert asked.now_is() is AWAITING
    assert "its text and its HTML differ" in asked.doubts(asked.key)


@pytest.mark.parametrize("raw", GOOD.values(), ids=GOOD.keys())
def test_threat_E6_logos_cards_and_signatures_keep_nobody_from_answering(
    asked: Asked, raw: bytes
) -> None:
    asked.arrives(_answering(asked, raw), to=asked.address)
    assert asked.now_is() is APPROVED


LOOK_ALIKES = {
    "struck out": "A\u0336p\u0336p\u0336r\u0336o\u0336v\u0336e\u0336d\u0336",
    "struck through": "Approved\u0338",
    "crossed": "❌ Approved",
    "negated": "¬Approved",
    "thumb down": "👎 Approved",
    "cyrillic": "\u0410pproved",
    "greek": "\u0391pproved",
    "full width": "Ａｐｐｒｏｖｅｄ",
    "mathematical": "𝐀pproved",
    "invisible": "Approved\u200b",
    "soft hyphen": "Ap\u00adproved",
    "right to left": "\u202eApproved",
    "tag": "Approved\U000e0041",
    "ligature": "Appro\ufb01",
    "kelvin": "A\u212akoord",
    "full-width question": "Approved？",
    "arabic question": "Approved؟",
    "greek question": "Approved\u037e",
    "armenian question": "Approved՞",
}


@pytest.mark.parametrize("text", LOOK_ALIKES.values(), ids=LOOK_ALIKES.keys())
def test_threat_E7_letters_that_look_like_a_yes_leave_it_awaiting(asked: Asked, text: str) -> None:
    asked.arrives(asked.answer(text), to=asked.address)
    assert asked.now_is() is AWAITING
    assert "is for a person" in asked.doubts(asked.key)


@pytest.mark.parametrize(("field", "sort"), MACHINES)
def test_threat_E8_a_machine_s_yes_in_the_approver_s_name_leaves_it_awaiting(
    asked: Asked, field: bytes, sort: str
) -> None:
    author = () if field.startswith(b"From:") else (b"From: " + CLIENT.encode(),)
    domain = field.rpartition(b"@")[2].decode() if field.startswith(b"From:") else "acme.ch"
    raw = written(asked, *author, field, b"In-Reply-To: " + asked.ours.encode())
    asked.arrives(raw, to=asked.address, domain=domain)
    comment = asked.last(asked.key)
    assert comment.automatic
    assert any(doubt.startswith("automatic: ") for doubt in comment.doubts)
    assert asked.now_is() is AWAITING


def test_threat_I5_a_refusal_that_carries_a_mark_of_ours_is_still_read(asked: Asked) -> None:
    text = f"Je refuse\n\n{asked.ours.strip('<>').partition('@')[0]}"
    asked.arrives(asked.answer(text), to=asked.address)
    assert asked.now_is() is AWAITING
    assert "is for a person" in asked.doubts(asked.key)


def test_without_our_own_server_s_word_no_mail_decides(asked: Asked) -> None:
    asked.arrives(asked.answer(), to=asked.address, results="")
    assert asked.now_is() is AWAITING
    assert "no Authentication-Results of mx.agence.example" in asked.doubts(asked.key)


def test_a_clear_refusal_that_does_not_count_is_shown_beside_the_approval(asked: Asked) -> None:
    asked.arrives(asked.answer(number="yes"), to=asked.address)
    no = mail("Je refuse", number="no", to=asked.address)
    asked.arrives(no, to=asked.address, results="")
    assert asked.now_is() is APPROVED
    assert "no Authentication-Results" in asked.doubts(asked.key)
    # A person's word, or the approver's own, settles it.
    asked.arrives(asked.answer("Approuvé", number="again"), to=asked.address)
    assert asked.now_is() is APPROVED
    assert asked.doubts(asked.key) == ""


def test_an_approver_of_two_clients_answers_each_with_its_own_token() -> None:
    both = replace(ACME, approvers=frozenset({f"inbox:{CLIENT}", f"inbox:{GLOBEX}"}))
    thread = Thread(under=both)
    first, second = thread.begin(), thread.begin("Filtre")
    address, _ = thread.ask(first)
    thread.ask(second)
    proof = authentication_results("globex.example")
    message = mail("J'approuve", number="y", to=address, sender=GLOBEX)
    thread.arrives(message, to=address, results=proof)
    assert (thread.state(first), thread.state(second)) == (APPROVED, AWAITING)
