"""The decision table, row by row, in five languages: from the bytes of a mail to what `explain`
says. The first row that fits wins; docs/approvals.md shows the same table to operators.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from tomllib import loads

import pytest

from bridge.model import ApprovalState
from bridge.rules.approval import answers
from tests.imap.letters import Asked
from tests.imap.world import CLIENT, mail

Act = Callable[[Asked], None]
AWAITING, APPROVED, REJECTED = (
    ApprovalState.AWAITING,
    ApprovalState.APPROVED,
    ApprovalState.REJECTED,
)


def says(text: str, **headers: str) -> Act:
    """The approver answers the question with this text."""
    return lambda asked: asked.arrives(asked.answer(text, **headers), to=asked.address)


def sent_by(sender: str, domain: str, results: str | None = None) -> Act:
    """Somebody answers the question with a plain yes."""
    return lambda asked: asked.arrives(
        asked.answer(sender=sender), to=asked.address, domain=domain, results=results
    )


def to(address: str, **how: str) -> Act:
    """The approver's plain yes goes to this address."""
    message = {"number": "x", "answers": "<first-0@acme.ch>", **how}
    return lambda asked: asked.arrives(mail("J'approuve", to=address, **message), to=address)


def voided(asked: Asked) -> None:
    old = asked.address
    asked.ask(asked.key, 2)
    asked.arrives(mail("J'approuve", number="late", to=old), to=old)


def quoted(asked: Asked) -> None:
    asked.arrives(asked.answer("> Bonjour,\n\nJ'approuve\n\n> Cordialement"), to=asked.address)


def forwarded(asked: Asked) -> None:
    text = "J'approuve\n\n---------- Message transféré ---------\nDe : x\nObjet : y\n\nnon"
    asked.arrives(asked.answer(text), to=asked.address)


def our_text(asked: Asked) -> None:
    text = "J'approuve\nvoici notre estimation pour « Page blanche »"
    asked.arrives(asked.answer(text), to=asked.address)


def two_authors(asked: Asked) -> None:
    raw = b"From: bob@acme.ch\r\n" + asked.answer().as_bytes()
    asked.arrives(raw, to=asked.address)


def two_opinions(asked: Asked) -> None:
    message = asked.answer("J'approuve")
    message.add_alternative("<p>Je refuse</p>", subtype="html")
    asked.arrives(message, to=asked.address)


ROWS: list[tuple[int, str, Act, ApprovalState, str]] = [
    # Row, what it is, what happens, the state after it, what explain says.
    (1, "absence", says("J'approuve", Auto_Submitted="auto-replied"), AWAITING, "automatic"),
    (1, "fr", says("J'approuve", subject="Réponse automatique : x"), AWAITING, "automatic"),
    (1, "en", says("I approve", subject="Automatic reply: x"), AWAITING, "automatic"),
    (1, "de", says("Genehmigt", subject="Abwesenheitsnotiz: x"), AWAITING, "automatic"),
    (1, "nl", says("Akkoord", subject="Automatisch antwoord: x"), AWAITING, "automatic"),
    (1, "it", says("Approvo", subject="Risposta automatica: x"), AWAITING, "automatic"),
    (1, "list", says("J'approuve", List_Id="<a.acme.ch>"), AWAITING, "automatic"),
    (1, "calendar", says("J'approuve", subject="Accepted: x"), AWAITING, "automatic"),
    (2, "a stranger", sent_by("eve@evil.example", "evil.example"), AWAITING, "no approver"),
    (2, "a colleague", sent_by("bob@acme.ch", "acme.ch"), AWAITING, "no approver"),
    (2, "no proof", sent_by(CLIENT, "acme.ch", ""), AWAITING, "no Authentication-Results"),
    (2, "DMARC fail", sent_by(CLIENT, "acme.ch", "mx.agence.example; dmarc=fail"), AWAITING,
     "DMARC says fail"),
    (2, "two authors", two_authors, AWAITING, "2 From fields"),
    (3, "no token", to("support@agence.example"), AWAITING, "does not prove to answer"),
    (3, "an older estimate", voided, AWAITING, "does not prove to answer"),
    (3, "a wrong one", to("support+" + "a" * 32 + "@agence.example"), AWAITING,
     "does not prove to answer"),
    (4, "forward", forwarded, AWAITING, "forwards another mail"),
    (4, "forward by its subject", says("J'approuve", subject="TR: x"), AWAITING, "forwards"),
    (4, "between quotes", quoted, AWAITING, "between or below quoted text"),
    (5, "nothing new", says("> J'approuve"), AWAITING, "no new text"),
    (5, "our own words", our_text, AWAITING, "our own text is still in it"),
    (5, "two opinions", two_opinions, AWAITING, "its text and its HTML differ"),
    (6, "fr", says("J'approuve ?"), AWAITING, "question mark"),
    (6, "en", says("Approved?"), AWAITING, "question mark"),
    (6, "de", says("Genehmigt?"), AWAITING, "question mark"),
    (6, "nl", says("Akkoord?"), AWAITING, "question mark"),
    (6, "it", says("Approvato?"), AWAITING, "question mark"),
    (7, "an amount", says("J'approuve 3 h"), AWAITING, "a digit"),
    (7, "a date", says("Genehmigt, 12. Mai"), AWAITING, "a digit"),
    (7, "a telephone number", says("Approvo\n079 123 45 67"), AWAITING, "a digit"),
    (8, "fr", says("J'approuve sauf le menu"), AWAITING, '"sauf" may make it a condition'),
    (8, "en", says("Approved, but slowly"), AWAITING, '"but" may make it a condition'),
    (8, "de", says("Genehmigt, wenn es eilt"), AWAITING, '"wenn" may make it a condition'),
    (8, "nl", says("Akkoord, maar later"), AWAITING, '"maar" may make it a condition'),
    (8, "it", says("Approvo solo il menu"), AWAITING, '"solo" may make it a condition'),
    (9, "fr", says("J'approuve. Je refuse."), AWAITING, "a yes and a no"),
    (9, "en", says("I approve\nDeclined"), AWAITING, "a yes and a no"),
    (9, "de", says("Genehmigt oder abgelehnt"), AWAITING, "a yes and a no"),
    (9, "nl", says("Akkoord / geweigerd"), AWAITING, "a yes and a no"),
    (9, "it", says("Approvo, rifiuto"), AWAITING, "a yes and a no"),
    (10, "fr", says("Bonjour,\nJe refuse, trop cher.\nMerci"), REJECTED, '"Je refuse"'),
    (10, "en", says("Hello,\nI decline. Too expensive.\nRegards"), REJECTED, '"I decline"'),
    (10, "de", says("Guten Tag\nIch lehne ab. Zu teuer.\nGruss"), REJECTED, '"Ich lehne ab"'),
    (10, "nl", says("Dag,\nIk weiger. Te duur.\nGroeten"), REJECTED, '"Ik weiger"'),
    (10, "it", says("Buongiorno,\nRifiuto. Troppo caro.\nSaluti"), REJECTED, '"Rifiuto"'),
    (11, "fr", says("Bonjour,\nJ’approuve.\nCordialement"), APPROVED, '"J\'approuve"'),
    (11, "en", says("Hello,\nApproved.\nKind regards"), APPROVED, '"Approved"'),
    (11, "de", says("Guten Tag\nIch genehmige.\nFreundliche Grüsse"), APPROVED, '"Ich genehmige"'),
    (11, "nl", says("Beste,\nIk ga akkoord.\nMvg"), APPROVED, '"Ik ga akkoord"'),
    (11, "it", says("Salve,\nApprovo.\nCordiali saluti"), APPROVED, '"Approvo"'),
    (12, "fr", says("Oui, d'accord"), AWAITING, "none is a listed phrase"),
    (12, "en", says("Looks good to me"), AWAITING, "none is a listed phrase"),
    (12, "de", says("Nicht einverstanden"), AWAITING, "none is a listed phrase"),
    (12, "nl", says("Niet akkoord"), AWAITING, "none is a listed phrase"),
    (12, "it", says("Va bene"), AWAITING, "none is a listed phrase"),
    (12, "thanks", says("Merci"), AWAITING, "none is a listed phrase"),
    (12, "received", says("Bien reçu"), AWAITING, "none is a listed phrase"),
    (12, "an emoji", says("👍"), AWAITING, "THUMBS UP SIGN"),
    (12, "more than the phrase", says("J'approuve. Allez-y."), AWAITING, "more than a listed"),
]  # fmt: skip


def _named(rows: Iterable[tuple[int, str, Act, ApprovalState, str]]) -> list[str]:
    return [f"{row} {what}" for row, what, *_ in rows]


@pytest.mark.parametrize(("row", "what", "act", "state", "why"), ROWS, ids=_named(ROWS))
def test_a3_each_row_of_the_decision_table_does_what_it_says(
    row: int, what: str, act: Act, state: ApprovalState, why: str
) -> None:
    asked = Asked()
    act(asked)
    assessed = asked.assessed(asked.key)
    assert assessed.approval.state is state
    told = (*assessed.approval.unclear, *assessed.approval.why)
    assert any(why in reason.text for reason in told), told
    # The same mail is assessed alike however often it is assessed.
    assert asked.assessed(asked.key) == assessed


def test_every_row_is_tried_and_texts_in_every_language() -> None:
    assert {row for row, *_ in ROWS} == set(range(1, 13))
    for row in (1, 6, 8, 9, 10, 11, 12):
        tried = {what for number, what, *_ in ROWS if number == row}
        assert tried >= {"fr", "en", "de", "nl", "it"}, row


@pytest.mark.parametrize(
    ("text", "row", "why"),
    [
        ("J'approuve ? 3 h mais", 6, "question mark"),
        ("J'approuve 3 h mais je refuse", 7, "digit"),
        ("J'approuve mais je refuse", 8, "condition"),
        ("J'approuve je refuse 👍", 9, "a yes and a no"),
    ],
)
def test_the_first_row_that_fits_wins(text: str, row: int, why: str) -> None:
    asked = Asked()
    says(text)(asked)
    assert asked.now_is() is AWAITING
    assert why in asked.doubts(asked.key)


def test_operators_read_the_same_table_and_the_same_phrases() -> None:
    text = (Path(__file__).parents[2] / "docs" / "approvals.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \|", text, re.M)
    assert rows == [str(number) for number in range(1, 13)]
    names = "French|English|German|Dutch|Italian"
    listed = re.findall(rf"^\| (?:{names}) \| (.*) \| (.*) \|$", text, re.M)
    assert len(listed) == 5
    columns = zip(*listed, strict=True)
    yes, no = ([phrase for cell in column for phrase in cell.split(" · ")] for column in columns)
    data = loads(Path(answers.__file__).with_suffix(".toml").read_text("utf-8"))
    assert (yes, no) == (data["phrases"]["yes"], data["phrases"]["no"])
