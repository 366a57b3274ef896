"""What each kind of mistake is answered with: line, column, what is wrong, what was expected."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.config import load
from bridge.config.connectors import BUILT_IN
from tests.config.helpers import GOOD, changed, said

Write = Callable[[str], Path]

DESK = 'type = "desk"\nurl = "https://desk.example"'
PURCHASED = "prepaid.purchased = [{ date = 2026-01-01, hours = 40 }]"
REFERENCES = "a secret is written by reference: env:NAME, file:PATH or credential:NAME"
WORDS = "expected one of: priority, estimate, consumed, approval, due, message"
MATCHES = (
    'expected { source = "…", organisation = "…" } (or project, or label), '
    '{ domain = "…" } or { address = "…" }'
)
DATABASES = (
    'expected "sqlite:///FILE" or "postgresql+psycopg://HOST/NAME", or a reference to one, '
    "as env:NAME"
)
PERSONS = (
    'expected SOURCE:login, SOURCE:id or a mail address, as "tma:alice" or "direction@acme.ch"'
)
WHOLE = 'name whole addresses, as { address = "jane@…" }'
OURS = "agence.example stands under [provider] domains; it can be of one side only"

MISTAKES: dict[str, tuple[str, str, list[str]]] = {
    "unknown table": (
        "[safety]",
        "[saftey]",
        ['48:1 error: "saftey" is not known here | there is "safety"'],
    ),
    "no table": (
        "[bridge]",
        "clients_ = 3\n[bridge]",
        ['1:1 error: "clients_" is not known here | there is "clients"'],
    ),
    "phrase that could be a condition": (
        '[contracts.carnet-beta]\npreset = "carnet"',
        '[contracts.carnet-beta]\npreset = "carnet"\nextra_yes = ["Bon pour accord", "oui mais"]',
        [
            '47:33 error: "oui mais" cannot count as an answer: "mais" may make it a condition | '
            'write the whole of what the client answers, as "Bon pour accord"'
        ],
    ),
    "phrase that means the opposite": (
        '[contracts.carnet-beta]\npreset = "carnet"',
        '[contracts.carnet-beta]\npreset = "carnet"\nextra_yes = ["Je refuse"]',
        [
            '47:14 error: "Je refuse" cannot count as an answer: everywhere else it means reject | '
            'write the whole of what the client answers, as "Bon pour accord"'
        ],
    ),
    "courtesy as an answer": (
        '[contracts.carnet-beta]\npreset = "carnet"',
        '[contracts.carnet-beta]\npreset = "carnet"\nextra_no = ["merci"]',
        [
            '47:13 error: "merci" cannot count as an answer: it is a greeting, a courtesy or a '
            "closing, which may stand beside any answer | "
            'write the whole of what the client answers, as "Bon pour accord"'
        ],
    ),
    "unknown key": (
        'database = "sqlite:///bridge.db"',
        'databse = "sqlite:///bridge.db"',
        ['2:1 error: "databse" is no key of [bridge] | there is "database"'],
    ),
    "unknown database": (
        '"sqlite:///bridge.db"',
        '"mysql://host/bridge"',
        [f"2:1 error: database has the wrong form | {DATABASES}"],
    ),
    "unknown zone": (
        '"Europe/Zurich"',
        '"Europe/Zürich"',
        ['3:1 error: timezone: there is no such time zone | there is "Europe/Zurich"'],
    ),
    "unknown language": (
        'language = "fr"',
        'language = "it"',
        ["4:1 error: language is none of the known words | expected one of: fr, en, de, nl"],
    ),
    "unknown connector": (
        DESK,
        DESK.replace("desk", "dsk", 1),
        ['7:1 error: there is no connector "dsk" | there is "desk"'],
    ),
    "no connector": (
        DESK,
        DESK.removeprefix('type = "desk"\n'),
        [
            '6:1 error: [sources.helpdesk] lacks "type" | '
            f"add a line  type = …  with one of: {', '.join(sorted({'desk', *BUILT_IN}))}"
        ],
    ),
    "missing key": (
        'url = "https://desk.example"\n',
        "",
        ['6:1 error: [sources.helpdesk] lacks "url" | add a line  url = …'],
    ),
    "wrong type of value": (
        'url = "https://desk.example"',
        "url = 3",
        ['8:1 error: url has the wrong form | expected a text in double quotes, as "…"'],
    ),
    "bare secret": (
        '"env:DESK_KEY"',
        '"abcdef0123456789"',
        [f"9:1 error: api_key is no reference to a secret | {REFERENCES}"],
    ),
    "unknown word in a list": (
        'writes = ["priority", "message"]',
        'writes = ["prority", "everything"]',
        [
            '10:11 error: writes (item 1): there is no "prority" | there is "priority"',
            f"10:22 error: writes (item 2) is none of the known words | {WORDS}",
        ],
    ),
    "wrong span": (
        'projects = ["acme", "beta"]',
        'every = "2 min"',
        [
            "16:1 error: every has the wrong form | "
            'expected a span such as "90s", "2m", "24h" or "7d"'
        ],
    ),
    "text for a list": (
        'projects = ["acme", "beta"]',
        'projects = "acme"',
        ['16:1 error: projects has the wrong form | expected a list in brackets, as ["…"]'],
    ),
    "date without a zone": (
        'projects = ["acme", "beta"]',
        "act_since = 2026-01-01T00:00:00",
        [
            "16:1 error: act_since has the wrong form | "
            "expected an instant with its offset, as 2026-01-31T08:00:00+01:00"
        ],
    ),
    "unknown policy": (
        'projects = ["acme", "beta"]',
        'policy = { priority = "bridg", estimte = "tool" }',
        [
            '16:12 error: policy.priority: there is no "bridg" | there is "bridge"',
            '16:32 error: policy.estimte: there is no "estimte" | there is "estimate"',
        ],
    ),
    "keys of an inline table": (
        'projects = ["acme", "beta"]',
        'smtp = { host = "smtp.example", porrt = 25, tls = "startls", from = 1 }',
        [
            '16:33 error: "porrt" is no key of smtp in [sources.tma] | there is "port"',
            '16:45 error: smtp.tls: there is no "startls" | there is "starttls"',
            '16:62 error: smtp.from has the wrong form | expected a text in double quotes, as "…"',
        ],
    ),
    "out of range": (
        'projects = ["acme", "beta"]',
        'smtp = { host = "smtp.example", port = 70000, from = "a" }',
        ["16:33 error: smtp.port is out of range | expected at most 65535"],
    ),
    "name with a colon": (
        "[sources.helpdesk]",
        '[sources."help:desk"]',
        [
            '6:1 error: "help:desk" cannot be a name under [sources] | expected ASCII letters, '
            "digits, and - _ . between them; people type SOURCE:KEY",
            '21:11 error: "helpdesk:jane@agence.example" names no source of this configuration | '
            'there is "help:desk"',
            '26:5 error: there is no source "helpdesk" | there is "help:desk"',
        ],
    ),
    "no provider": (
        "[provider]\n",
        "[provder]\n",
        ['18:1 error: "provder" is not known here | there is "provider"'],
    ),
    "person of an unknown source": (
        '"tma:jdoe"]',
        '"tme:jdoe"]',
        [
            '21:43 error: "tme:jdoe" names no source of this configuration | there is "tma"',
        ],
    ),
    "person without a source": (
        '"tma:alice"]',
        '"alice"]',
        [f"30:35 error: approvers (item 2) has the wrong form | {PERSONS}"],
    ),
    "approver of an unknown source": (
        '"tma:alice"]',
        '"helpdsk:alice"]',
        [
            '30:35 error: "helpdsk:alice" names no source of this configuration | '
            'there is "helpdesk"'
        ],
    ),
    "unknown contract": (
        'contracts = ["carnet-acme"]',
        'contracts = ["carnet-acne"]',
        ['31:14 error: acme refers to a contract "carnet-acne" | there is "carnet-acme"'],
    ),
    "no match": (
        'match = [{ source = "tma", project = "beta" }, { address = "Jane@gmail.com" }]',
        "match = []",
        ["35:1 error: match has the wrong form | expected at least one item"],
    ),
    "match without a source": (
        '{ source = "tma", project = "acme" }',
        '{ project = "acme" }',
        [f"27:3 error: match (item 2) has the wrong form | {MATCHES}"],
    ),
    "match by two signs": (
        '{ domain = "acme.ch" }',
        '{ domain = "acme.ch", address = "a@acme.ch" }',
        [f"28:3 error: match (item 3) has the wrong form | {MATCHES}"],
    ),
    "match of an unknown source": (
        '{ source = "tma", project = "acme" }',
        '{ source = "tna", project = "acme" }',
        ['27:5 error: there is no source "tna" | there is "tma"'],
    ),
    "match with an unknown key": (
        '{ domain = "acme.ch" }',
        '{ domian = "acme.ch" }',
        ['28:5 error: "domian" is no key of match (item 3) in [clients.acme] | there is "domain"'],
    ),
    "no domain": (
        '{ domain = "acme.ch" }',
        '{ domain = "jane@acme.ch" }',
        [
            "28:5 error: match (item 3).domain has the wrong form | "
            'expected a domain, as "acme.ch", or "*.acme.ch" for all names below it'
        ],
    ),
    "free mail": (
        '{ domain = "acme.ch" }',
        '{ domain = "GMail.com." }',
        [
            '28:5 error: "gmail.com" gives addresses to everybody: '
            f"it can stand for no single firm | {WHOLE}"
        ],
    ),
    "public suffix": (
        '{ domain = "acme.ch" }',
        '{ domain = "*.co.uk" }',
        [
            '28:5 error: "*.co.uk" is a suffix under which many firms have their names: '
            f"it can stand for no single firm | {WHOLE}"
        ],
    ),
    "free mail as our own": (
        'domains = ["agence.example"]',
        'domains = ["agence.example", "gmx.ch"]',
        [
            '20:30 error: "gmx.ch" gives addresses to everybody: '
            f"it can stand for no single firm | {WHOLE}"
        ],
    ),
    "one project of two clients": (
        '{ source = "tma", project = "beta" }',
        '{ source = "tma", project = "ACME" }',
        [
            "35:10 error: beta and acme both claim project ACME of tma | "
            "a ticket belongs to one client; the other claim is on line 27"
        ],
    ),
    "a domain and names below another's": (
        '{ source = "tma", project = "beta" }, { address = "Jane@gmail.com" }',
        '{ domain = "ACME.ch" }, { domain = "*.beta.ch" }, { domain = "acme.beta.ch" }',
        [
            "35:10 error: beta and acme both claim domain acme.ch | "
            "a ticket belongs to one client; the other claim is on line 28",
            "35:60 warning: domain acme.beta.ch and domain *.beta.ch overlap | "
            "one of them is enough",
        ],
    ),
    "a client's domain is ours": (
        '{ domain = "acme.ch" }',
        '{ domain = "agence.example" }',
        [f"28:3 error: acme is matched by domain agence.example, which is also ours | {OURS}"],
    ),
    "a client's address is ours": (
        '{ address = "Jane@gmail.com" }',
        '{ address = "info@agence.example" }',
        [
            "35:48 error: beta is matched by address info@agence.example, "
            f"which is also ours | {OURS}"
        ],
    ),
    "an approver is one of us": (
        'approvers = ["tma:bob"]',
        'approvers = ["tma:jdoe", "boss@agence.example"]',
        [
            '36:14 error: "tma:jdoe" is one of us and cannot approve for beta (L4) | '
            "name people of the client",
            '36:26 error: "boss@agence.example" is one of us and cannot approve for beta (L4) | '
            "name people of the client",
        ],
    ),
    "unknown preset": (
        f'preset = "carnet"\n{PURCHASED}',
        f'preset = "carnt"\n{PURCHASED}',
        ['42:1 error: no preset "carnt" | there is "carnet"'],
    ),
    "unknown key of a contract": (
        PURCHASED,
        'calender.holidays = "CH-VD"',
        ['43:1 error: "calender" is no key of [contracts.carnet-acme] | there is "calendar"'],
    ),
    "wrong duration in a contract": (
        PURCHASED,
        'threshold = "1e3"',
        [
            "43:1 error: threshold has the wrong form | "
            'expected a duration such as "3h", "1h30", "90m", "1:30" or "1.5h"'
        ],
    ),
    "wrong key deep in a contract": (
        PURCHASED,
        'targets.response = [\n  { kindd = "incident", within = "4h" },\n]',
        [
            '44:5 error: "kindd" is no key of targets.response (item 1) in '
            '[contracts.carnet-acme] | there is "kind"'
        ],
    ),
    "share above one": (
        '"25 %"',
        "2.5",
        ["50:1 error: max_share is out of range | expected at most 1"],
    ),
    "share in words": (
        '"25 %"',
        '"a quarter"',
        ['50:1 error: max_share has the wrong form | expected a share such as 0.30 or "30 %"'],
    ),
    "text for a number": (
        "max_writes = 10",
        'max_writes = "10"',
        ["49:1 error: max_writes has the wrong form | expected a whole number"],
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_ask_12_mistake_is_answered_with_its_line_and_what_was_meant(
    name: str, write: Write
) -> None:
    old, new, expected = MISTAKES[name]
    assert said(write(changed(old, new))) == expected


def test_ask_12_all_mistakes_are_told_at_once_in_the_order_of_the_file(write: Write) -> None:
    # Each in another place; none hides another, and none is told twice.
    chosen = (
        "unknown key",
        "unknown zone",
        "bare secret",
        "text for a list",
        "person of an unknown source",
        "free mail",
        "person without a source",
        "unknown contract",
        "one project of two clients",
        "unknown preset",
        "share in words",
    )
    text = GOOD
    for name in chosen:
        old, new, _ = MISTAKES[name]
        assert text.count(old) == 1
        text = text.replace(old, new)
    expected = [line for name in chosen for line in MISTAKES[name][2]]
    assert said(write(text)) == expected


def test_sound_configuration_has_no_problem(write: Write) -> None:
    assert load(write(GOOD)).warnings == ()
