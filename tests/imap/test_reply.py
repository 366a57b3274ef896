# ruff: noqa: E501 — the lines of mail programs are quoted as they are
"""The newly written text of answers as mail programs really write them (docs/mailbox.md, 8)."""

from __future__ import annotations

import time

import pytest

from connectors.toolkit.text.phrases import SEPARATORS
from connectors.toolkit.text.reply import new_text

QUOTE = "> — Répondez au-dessus de cette ligne —\n> Bonjour,\n> Travail : 3 h. OK ?\n"
BARE = "— Répondez au-dessus de cette ligne —\nBonjour,\nTravail : 3 h. OK ?\n"

# Each is put below an answer; nothing of it may stay.
BELOW = {
    # -- Gmail
    "gmail fr": "Le lun. 18 mai 2026 à 10:00, Agence <support@agence.example> a écrit :\n" + QUOTE,
    "gmail fr wrapped": "Le lun. 18 mai 2026 à 10:00, Agence SA <\nsupport@agence.example> a écrit :\n\n" + QUOTE,
    "gmail fr wrapped before the verb": "Le lun. 18 mai 2026 à 10:00, Agence SA <support@agence.example>\na écrit :\n\n" + QUOTE,
    "gmail fr nbsp": "Le\u00a0lun. 18 mai 2026 à 10:00, Agence <support@agence.example> a écrit\u00a0:\n" + QUOTE,
    "gmail en": "On Mon, May 18, 2026 at 10:00 AM Agence <support@agence.example> wrote:\n" + QUOTE,
    "gmail en wrapped": "On Mon, May 18, 2026 at 10:00 AM Agence SA <support@agence.example>\nwrote:\n\n" + QUOTE,
    "gmail en wrapped twice": "On Mon, May 18, 2026 at 10:00 AM\nAgence SA <support@agence.example>\nwrote:\n\n" + QUOTE,
    "gmail de": "Am Mo., 18. Mai 2026 um 10:00 Uhr schrieb Agence <support@agence.example>:\n" + QUOTE,
    "gmail de wrapped": "Am Mo., 18. Mai 2026 um 10:00 Uhr schrieb Agence SA <\nsupport@agence.example>:\n\n" + QUOTE,
    "gmail nl": "Op ma 18 mei 2026 om 10:00 schreef Agence <support@agence.example>:\n" + QUOTE,
    "gmail nl wrapped": "Op ma 18 mei 2026 om 10:00 schreef Agence SA <\nsupport@agence.example>:\n\n" + QUOTE,
    "gmail it": "Il giorno lun 18 mag 2026 alle ore 10:00 Agence <support@agence.example> ha scritto:\n" + QUOTE,
    "gmail it wrapped": "Il giorno lun 18 mag 2026 alle ore 10:00 Agence SA <support@agence.example>\nha scritto:\n\n" + QUOTE,
    # -- Apple Mail
    "apple fr": "Le 18 mai 2026 à 10:00, Agence <support@agence.example> a écrit :\n\n" + QUOTE,
    "apple fr bare": "Le 18 mai 2026 à 10:00, Agence <support@agence.example> a écrit :\n\n" + BARE,
    "apple en": "On 18 May 2026, at 10:00, Agence <support@agence.example> wrote:\n\n" + QUOTE,
    "apple de": "Am 18.05.2026 um 10:00 schrieb Agence <support@agence.example>:\n\n" + QUOTE,
    "apple nl": "Op 18 mei 2026, om 10:00 heeft Agence <support@agence.example> het volgende geschreven:\n\n" + QUOTE,
    "apple it": "Il giorno 18 mag 2026, alle ore 10:00, Agence <support@agence.example> ha scritto:\n\n" + QUOTE,
    # -- Thunderbird
    "thunderbird fr": "Le 18/05/2026 à 10:00, Agence a écrit :\n" + QUOTE,
    "thunderbird en": "On 18/05/2026 10:00, Agence wrote:\n" + QUOTE,
    "thunderbird de": "Am 18.05.26 um 10:00 schrieb Agence:\n" + QUOTE,
    "thunderbird nl": "Op 18-05-2026 om 10:00 schreef Agence:\n" + QUOTE,
    "thunderbird it": "Il 18/05/2026 10:00, Agence ha scritto:\n" + QUOTE,
    "name first": "Agence <support@agence.example> a écrit le 18 mai 2026 :\n" + QUOTE,
    "roundcube": "Le 2026-05-18 10:00, support@agence.example a écrit :\n" + QUOTE,
    "roundcube de": "Am 2026-05-18 10:00, schrieb support@agence.example:\n" + QUOTE,
    "proton": "Le lundi 18 mai 2026 à 10:00 AM, Agence <support@agence.example> a écrit :\n\n" + QUOTE,
    "hey": "On May 18, 2026, Agence <support@agence.example> wrote:\n" + QUOTE,
    # -- Outlook
    "outlook fr": "De : Agence <support@agence.example>\nEnvoyé : lundi 18 mai 2026 10:00\nÀ : Direction\nObjet : Re: Page\n\n" + BARE,
    "outlook fr nbsp": "De\u00a0: Agence\nEnvoyé\u00a0: lundi 18 mai 2026 10:00\nÀ\u00a0: Direction\nObjet\u00a0: Re: Page\n\n" + BARE,
    "outlook fr stars": "*De :* Agence <support@agence.example>\n*Envoyé :* lundi 18 mai 2026 10:00\n*À :* Direction\n*Objet :* Re: Page\n\n" + BARE,
    "outlook fr rule": "________________________________\nDe : Agence\nEnvoyé : lundi 18 mai 2026 10:00\nÀ : Direction\nObjet : Re\n\n" + BARE,
    "outlook fr dashes": "-----Message d'origine-----\nDe : Agence\nEnvoyé : lundi\nÀ : Direction\nObjet : Re\n\n" + BARE,
    "outlook fr curly": "-----Message d’origine-----\nDe : Agence\n\n" + BARE,
    "outlook en": "From: Agence <support@agence.example>\nSent: Monday, May 18, 2026 10:00\nTo: Direction\nSubject: Re: Page\n\n" + BARE,
    "outlook en dashes": "-----Original Message-----\nFrom: Agence\n\n" + BARE,
    "outlook en rule": "________________________________\nFrom: Agence\nSent: Monday\nTo: Direction\nSubject: Re\n\n" + BARE,
    "outlook de": "Von: Agence <support@agence.example>\nGesendet: Montag, 18. Mai 2026 10:00\nAn: Direction\nBetreff: Re: Page\n\n" + BARE,
    "outlook de dashes": "-----Ursprüngliche Nachricht-----\nVon: Agence\n\n" + BARE,
    "outlook nl": "Van: Agence <support@agence.example>\nVerzonden: maandag 18 mei 2026 10:00\nAan: Direction\nOnderwerp: Re: Page\n\n" + BARE,
    "outlook nl dashes": "-----Oorspronkelijk bericht-----\nVan: Agence\n\n" + BARE,
    "outlook it": "Da: Agence <support@agence.example>\nInviato: lunedì 18 maggio 2026 10:00\nA: Direction\nOggetto: Re: Page\n\n" + BARE,
    "outlook it dashes": "-----Messaggio originale-----\nDa: Agence\n\n" + BARE,
    "outlook with cc": "De : Agence\nDate : lundi 18 mai 2026\nCc : Alice\nObjet : Re\n\n" + BARE,
    # -- no attribution at all
    "bare quote": QUOTE,
    "quote in bars": "| Bonjour\n| Travail : 3 h. OK ?\n",
    "guillemets": "» Bonjour\n» OK ?\n",
    "separator fr": BARE,
    "separator en": "— Please reply above this line —\nHello. OK?\n",
    "separator de": "— Bitte oberhalb dieser Zeile antworten —\nGuten Tag. OK?\n",
    "separator nl": "— Antwoord boven deze lijn —\nGoedendag. OK?\n",
    "separator it": "— Rispondete sopra questa riga —\nBuongiorno. OK?\n",
    # -- signatures
    "signature": "-- \nJeanne Rochat\nOK, direction\n",
    "signature without blank": "--\nJeanne Rochat\n",
    "signature then quote": "-- \nJeanne Rochat\n\nLe 18/05/2026 à 10:00, Agence a écrit :\n" + QUOTE,
    "iphone fr": "Envoyé de mon iPhone\n\nLe 18 mai 2026 à 10:00, Agence <a@b.ch> a écrit :\n\n" + BARE,
    "iphone en": "Sent from my iPhone\n",
    "iphone de": "Von meinem iPhone gesendet\n",
    "iphone nl": "Verstuurd vanaf mijn iPhone\n",
    "iphone it": "Inviato da iPhone\n",
    "outlook phone fr": "Télécharger Outlook pour iOS<https://aka.ms/o0ukef>\n________________________________\nDe : Agence\nEnvoyé : lundi\nÀ : D\nObjet : Re\n\n" + BARE,
    "outlook phone en": "Get Outlook for Android<https://aka.ms/x>\n",
    "windows de": "Gesendet von Mail für Windows\n",
    "galaxy fr": "Envoyé depuis mon appareil Galaxy\n",
}  # fmt: skip


@pytest.mark.parametrize("below", BELOW.values(), ids=BELOW.keys())
@pytest.mark.parametrize("answer", ["J'approuve", "Bonjour,\n\nJe refuse.\n\nJeanne Rochat"])
def test_ask_19_only_the_new_text_above_stays(answer: str, below: str) -> None:
    reply = new_text(f"{answer}\n\n{below}")
    assert reply.text == answer
    assert not reply.interleaved


OWN_WORDS = [
    "Le chef a écrit un mot ce matin.",
    "On my way. He wrote nothing:",
    "De : voici la suite",
    "From here to there: all good",
    "Prix : 3 h - c'est trop -- vraiment",
    "Le 3 mai nous fermons.\nMerci de noter.",
    "Am 3. Mai kommt Herr Müller.",
    "- premier point\n- deuxième point",
    "a > b est faux\nmais b < a",
    "Objet : facture\nJe ne comprends pas.",
    "Envoyé hier, reçu aujourd'hui.\nMerci.",
    "Op maandag schreef niemand iets.",
    "1. oui\n\n2. non",
]


@pytest.mark.parametrize("text", OWN_WORDS)
def test_a_clients_own_words_are_never_cut(text: str) -> None:
    reply = new_text(text)
    assert (reply.text, reply.quoted, reply.forwarded) == (text, False, False)


INTERLEAVED = {
    "below": "Le 18/05/2026 à 10:00, Agence a écrit :\n" + QUOTE + "\nJ'approuve",
    "between": "> Travail : 3 h.\nTrop cher\n> Répondez.\nJe refuse",
    "above and below": "Bonjour\n\n> Travail : 3 h.\n\nJ'approuve",
    "after a signature": "-- \nJeanne\n> Travail : 3 h.\nJ'approuve",
}


@pytest.mark.parametrize("text", INTERLEAVED.values(), ids=INTERLEAVED.keys())
def test_text_below_or_between_quotes_is_kept_and_said(text: str) -> None:
    reply = new_text(text)
    assert reply.interleaved
    assert "3 h" not in reply.text
    assert "J'approuve" in reply.text or "Je refuse" in reply.text


FORWARDS = [
    "---------- Forwarded message ---------\nFrom: x",
    "---------- Forwarded message ----------\nDe : x",
    "Begin forwarded message:\n\n> From: x",
    "-------- Message transféré --------\nSujet : x",
    "Début du message réexpédié :\n\n> De: x",
    "-------- Weitergeleitete Nachricht --------\nBetreff: x",
    "Anfang der weitergeleiteten Nachricht:\n\n> Von: x",
    "-------- Doorgestuurd bericht --------\nOnderwerp: x",
    "-------- Messaggio inoltrato --------\nOggetto: x",
]


@pytest.mark.parametrize("below", FORWARDS)
def test_a_forward_is_seen_as_one(below: str) -> None:
    reply = new_text(f"Voir ci-dessous.\n\n{below}\n\nOK")
    assert (reply.text, reply.forwarded) == ("Voir ci-dessous.", True)


def test_every_separator_that_we_send_is_known_when_it_comes_back_marked_up() -> None:
    for line in SEPARATORS.values():
        for shown in (line, f"> {line}", f"*{line}*", line.replace("—", "-"), line.upper()):
            assert new_text(f"Oui\n\n{shown}\nOK").text.replace("OK", "").strip() == "Oui"


@pytest.mark.parametrize(
    "piece",
    [
        "> ",
        "Le 1 ",
        "De : a\n",
        "-- \n",
        "On 1 a@b.ch ",
        "_" * 20 + "\n",
        "a a écrit ",
        "1@ wrote ",
    ],
)
def test_threat_H10_long_text_takes_time_in_proportion(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        started = time.perf_counter()
        new_text(text)
        return time.perf_counter() - started

    assert seconds(400_000) < 1.0
