"""Mail that no person wrote: it is never answered and never decides (docs/mailbox.md, 4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from connectors.imap.headers import Headers, clean, decoded

LOOP_HEADER: Final = "X-Bridge-Loop"
"""Carried by everything we send; whatever comes back with it is an echo."""


class Sort(StrEnum):
    """What kind of machine wrote it."""

    LOOP = "loop"
    REPORT = "report"
    REPLY = "reply"
    CALENDAR = "calendar"
    BULK = "bulk"


@dataclass(frozen=True, slots=True)
class Automatic:
    """Why a mail counts as automatic, in English."""

    sort: Sort
    reason: str


_SUBJECTS: Final = (
    "automatic reply",
    "auto reply",
    "autoreply",
    "auto-reply",
    "out of office",
    "réponse automatique",
    "reponse automatique",
    "absence du bureau",
    "message d'absence",
    "automatische antwort",
    "abwesenheitsnotiz",
    "abwesend:",
    "abwesenheit:",
    "automatisch antwoord",
    "afwezig",
    "niet aanwezig",
    "risposta automatica",
    "fuori sede",
    "fuori ufficio",
    "undelivered mail",
    "undeliverable",
    "delivery status notification",
    "mail delivery failed",
    "returned mail",
    "delivery failure",
    "non remis",
    "échec de la remise",
    "unzustellbar",
    "onbestelbaar",
    "niet bestelbaar",
    "mancato recapito",
)
_ACCEPTED: Final = (
    "accepted:",
    "declined:",
    "tentative:",
    "accepté :",
    "accepté:",
    "refusé :",
    "refusé:",
    "provisoire :",
    "zugesagt:",
    "abgelehnt:",
    "mit vorbehalt:",
    "geaccepteerd:",
    "afgewezen:",
    "voorlopig:",
    "accettato:",
    "rifiutato:",
    "provvisorio:",
)
_REPORT_SUBJECTS: Final = frozenset(_SUBJECTS[_SUBJECTS.index("undelivered mail") :])
_DAEMONS: Final = frozenset({"mailer-daemon", "postmaster", "mail-daemon", "maildaemon"})
_MACHINES: Final = re.compile(
    r"(?:no-?reply|do-?not-?reply|ne-?pas-?repondre|bounces?)(?:[+._-].*)?\Z"
)
_REPLY_HEADERS: Final = ("x-autoreply", "x-autorespond", "x-autoreply-from", "x-mail-autoreply")


def automatic(
    headers: Headers, address: str | None, types: frozenset[str], own: str | None
) -> Automatic | None:
    """Why this mail is automatic, or None. `types` are the content types of all of its parts;
    `own` is the address that we write as."""
    if headers.all(LOOP_HEADER.lower()):
        return Automatic(Sort.LOOP, f"it carries our own {LOOP_HEADER} header")
    if own is not None and own in (value.lower() for value in headers.all("x-loop")):
        return Automatic(Sort.LOOP, "it carries our own address as X-Loop")
    return (
        _report(headers, address, types)
        or _reply(headers)
        or _calendar(headers, types)
        or _bulk(headers, address)
    )


def _report(headers: Headers, address: str | None, types: frozenset[str]) -> Automatic | None:
    kinds = types & {"multipart/report", "message/delivery-status"}
    if kinds:
        return Automatic(Sort.REPORT, f"it is a {min(kinds)}")
    if "message/disposition-notification" in types:
        return Automatic(Sort.REPORT, "it is a receipt")
    if any(re.sub(r"\s", "", value) == "<>" for value in headers.all("return-path")):
        return Automatic(Sort.REPORT, "it has a null Return-Path")
    if address is not None and address.partition("@")[0] in _DAEMONS:
        return Automatic(Sort.REPORT, f"it comes from {address.partition('@')[0]}")
    return None


def _reply(headers: Headers) -> Automatic | None:
    for value in headers.all("auto-submitted"):
        word = clean(value.partition(";")[0].partition("(")[0].lower())
        if word != "no":
            sort = Sort.BULK if word == "auto-generated" else Sort.REPLY
            return Automatic(sort, f"Auto-Submitted: {word}")
    for name in _REPLY_HEADERS:
        if headers.all(name):
            return Automatic(Sort.REPLY, f"it has {name}")
    if any(value.strip().lower() == "auto_reply" for value in headers.all("precedence")):
        return Automatic(Sort.REPLY, "Precedence: auto_reply")
    subject = decoded(headers.first("subject")).lower().replace("’", "'")
    for phrase in _SUBJECTS:
        if subject.startswith(phrase):
            sort = Sort.REPORT if phrase in _REPORT_SUBJECTS else Sort.REPLY
            return Automatic(sort, f'its subject begins with "{phrase}"')
    return None


def _calendar(headers: Headers, types: frozenset[str]) -> Automatic | None:
    if "text/calendar" in types or "application/ics" in types:
        return Automatic(Sort.CALENDAR, "it has a calendar part")
    subject = decoded(headers.first("subject")).lower().replace("\u00a0", " ")
    for phrase in _ACCEPTED:
        if subject.startswith(phrase):
            return Automatic(Sort.CALENDAR, f'its subject begins with "{phrase}"')
    return None


def _bulk(headers: Headers, address: str | None) -> Automatic | None:
    for value in headers.all("precedence"):
        if value.strip().lower() in ("bulk", "list", "junk"):
            return Automatic(Sort.BULK, f"Precedence: {value.strip().lower()}")
    for name, _ in headers.fields:
        if name.startswith("list-"):
            return Automatic(Sort.BULK, f"it has {name}")
    if headers.all("feedback-id"):
        return Automatic(Sort.BULK, "it has feedback-id")
    if address is not None and _MACHINES.match(address.partition("@")[0]):
        return Automatic(Sort.BULK, f"it comes from {address.partition('@')[0]}")
    return None
