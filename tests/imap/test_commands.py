"""Commands by mail: who gives them, and which lines of a mail are none (E9). No hour moves."""

from __future__ import annotations

import pytest

from bridge.model import ApprovalState, Role
from bridge.rules.facts import Facts
from tests.imap.letters import Asked
from tests.imap.test_content import html_bytes
from tests.imap.world import CLIENT, mail

AGENT = "jane@agence.example"
OURS = "agence.example"


def from_agent(asked: Asked, text: str, **how: str) -> None:
    """A mail of one of our people into the thread, proven unless said otherwise."""
    results = how.pop("results", None)
    message = mail(text, sender=how.pop("sender", AGENT), number="c", answers=asked.ours, **how)
    asked.arrives(message, domain=OURS, results=results)


def unchanged(asked: Asked) -> None:
    """Nothing was done: no hours, no estimate, no other kind, and the question still stands."""
    assert Facts(asked.ticket(asked.key)).orders == ()
    assessed = asked.assessed(asked.key)
    assert assessed.charge.worked == assessed.charge.consumed == 0
    assert assessed.approval.given == 1
    assert assessed.approval.state is ApprovalState.AWAITING


def test_a_command_of_our_people_behind_all_of_these_counts() -> None:
    asked = Asked()
    from_agent(asked, "Voilà.\n\n/spend 1h30\n\n> Bonjour\n> /spend 4h\n")
    assert [order.seconds for order in Facts(asked.ticket(asked.key)).orders] == [5400]
    assert asked.assessed(asked.key).charge.worked == 5400


CLIENTS = [
    "/spend -40h",
    "/spend 40h",
    "/estimate 15m",
    "/estimate 0h01",
    "/priority 1",
    "/incident",
    "/express",
    "/workaround",
    "/request",
]


@pytest.mark.parametrize("text", CLIENTS)
def test_threat_E9_a_client_s_command_does_nothing(text: str) -> None:
    asked = Asked()
    asked.arrives(mail(text, number="c", answers=asked.ours))
    assert asked.last(asked.key).author.address == CLIENT
    unchanged(asked)


FORGED = {
    "no proof": {"results": ""},
    "DMARC fail": {"results": "mx.agence.example; dmarc=fail header.from=agence.example"},
    "another server's word": {"results": "mx.evil.example; dmarc=pass header.from=agence.example"},
    "a proof of another domain": {"results": "mx.agence.example; dmarc=pass header.from=evil.ch"},
    "a look-alike": {"sender": "jane@agence.example.evil.example"},
    "the name alone": {"sender": "jane@agence.example <eve@evil.example>"},
    "an absence note": {"Auto_Submitted": "auto-replied"},
    "a forward": {"subject": "TR: x"},
    "a cut signature": {"DKIM_Signature": "v=1; d=agence.example; l=9; b=a"},
}


@pytest.mark.parametrize("how", FORGED.values(), ids=FORGED.keys())
def test_threat_E9_a_command_in_the_name_of_our_people_without_proof_does_nothing(
    how: dict[str, str],
) -> None:
    asked = Asked()
    from_agent(asked, "/spend 4h", **how)
    assert all(c.role is not Role.PROVIDER for c in asked.ticket(asked.key).comments)
    unchanged(asked)


NO_COMMANDS = {
    "quoted": "> /spend 4h",
    "below an attribution": "Fait.\n\nLe lun. 18 mai 2026 à 10:00, Bob a écrit :\n/spend 4h",
    "in a forward": "Voir\n\n---------- Message transféré ---------\nDe : x\nObjet : y\n/spend 4h",
    "in a sentence": "Merci de noter /spend 4h",
    "with words behind": "/spend 4h pour le menu",
    "below the signature": "Fait.\n-- \n/spend 4h",
    "in code": "`/spend 4h`",
    "another slash": "∕spend 4h",
    "nobody's command": "/close",
}


@pytest.mark.parametrize("text", NO_COMMANDS.values(), ids=NO_COMMANDS.keys())
def test_threat_E9_a_line_of_our_people_that_is_no_command_does_nothing(text: str) -> None:
    asked = Asked()
    from_agent(asked, text)
    unchanged(asked)


@pytest.mark.parametrize(
    "html",
    [
        "<p>Fait.</p><p style='display:none'>/spend 4h</p>",
        "<p>Fait.</p><del>/spend 4h</del>",
        "<blockquote>/spend 4h</blockquote><p>Fait.</p>",
        "<p>Fait.</p><!-- /spend 4h -->",
    ],
)
def test_threat_E9_a_command_that_no_reader_sees_does_nothing(html: str) -> None:
    asked = Asked()
    raw = html_bytes(html).replace(CLIENT.encode(), AGENT.encode())
    fields = f"Message-ID: <c@agence.example>\r\nIn-Reply-To: {asked.ours}\r\n".encode()
    asked.arrives(fields + raw, domain=OURS)
    assert asked.said(asked.key)[-1].author.address == AGENT
    unchanged(asked)


ABSURD = ["/spend -4h", "/spend 1,5h", "/spend 4h pour le menu", "/spend <b>4h</b>",
          "/spend 4000h", "/spend 0h", "/spend 1e3", "/spend nan", "/spend 4d",
          "/spend", "/estimate 1h60", "/priority 9", "/priority 0", "/incident 3h"]  # fmt: skip


@pytest.mark.parametrize("text", ABSURD)
def test_threat_E9_an_absurd_amount_is_told_to_a_person_and_not_done(text: str) -> None:
    asked = Asked()
    from_agent(asked, text)
    unchanged(asked)
    told = Facts(asked.ticket(asked.key)).unread
    assert [reason.text.endswith("cannot be read; nothing done") for reason in told] == [True]


@pytest.mark.parametrize("text", ["/spend ١٢h", "/spend ３h", "/spend 1٫5h", "/ѕpend 3h"])
def test_threat_E9_digits_and_letters_of_other_scripts_are_no_amount(text: str) -> None:
    asked = Asked()
    from_agent(asked, text)
    unchanged(asked)
