"""The wording of every message, as agreed, in the four languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.messages import Facts, separator
from bridge.model.durations import for_people
from tests.messages.facts import (
    APPROVED,
    CHANNEL,
    CONSUMED,
    DATE,
    DECLINED,
    EVERY,
    EXPRESS,
    IN_TIME,
    LINK,
    LOW,
    MIN,
    REMINDER,
    SMALL,
    H,
    composed,
    said,
)

ANSWER = {
    "fr": "Pour répondre, écrivez seulement « J'approuve » ou « Je refuse ». Une question, une "
    "condition ? Écrivez-la librement : sans accord clair, nous ne commençons pas.",
    "en": 'To answer, write only "I approve" or "I decline". A question or a condition? Just '
    "write it: without a clear yes we do not start.",
    "de": "Bitte antworten Sie nur mit «Ich genehmige» oder «Ich lehne ab». Fragen oder "
    "Bedingungen? Schreiben Sie sie einfach: Ohne klares Ja beginnen wir nicht.",
    "nl": 'Antwoord alleen met "Ik ga akkoord" of "Ik weiger". Een vraag of voorwaarde? Schrijf '
    "gerust: zonder duidelijk akkoord beginnen we niet.",
}
SEPARATOR = {
    "fr": "— Répondez au-dessus de cette ligne —",
    "en": "— Please reply above this line —",
    "de": "— Bitte oberhalb dieser Zeile antworten —",
    "nl": "— Antwoord boven deze lijn —",
}
LATE = replace(IN_TIME, done=4 * H + MIN, if_declined=0, offered=4 * H + MIN)
WORDING: dict[str, tuple[Facts, dict[str, str]]] = {
    "declined, work begun": (
        replace(DECLINED, number=2, charged=4 * H, begun=True),
        {
            "fr": "C'est noté : « T » ne sera pas réalisé. Le travail déjà fait, 4 h, est déduit "
            "selon votre contrat.",
            "en": 'Noted: "T" will not be done. The work already done, 4 h, is deducted under your '
            "contract.",
            "de": "Notiert: «T» wird nicht ausgeführt. Die geleistete Arbeit, 4 Std., wird laut "
            "Vertrag abgezogen.",
            "nl": 'Genoteerd: "T" wordt niet uitgevoerd. Het gedane werk, 4 u, wordt volgens uw '
            "contract afgeboekt.",
        },
    ),
    "estimate, express and cap": (
        EXPRESS,
        {
            "fr": "Bonjour, voici notre estimation pour « T ». Travail : 2 h. Déduit de votre "
            "carnet : 5 h (express × 2,5), au plus 6 h 15. Solde libre ensuite : 4 h 10. {answer} "
            "Peuvent décider : J. Rochat, A. Favre.",
            "en": 'Hello, here is our estimate for "T". Work: 2 h. Deducted from your hours: 5 h '
            "(express × 2.5), at most 6 h 15 min. Free balance then: 4 h 10 min. {answer} May "
            "decide: J. Rochat, A. Favre.",
            "de": "Guten Tag, hier unsere Schätzung für «T». Arbeit: 2 Std. Abzug vom Guthaben: "
            "5 Std. (Express × 2,5), höchstens 6 Std. 15 Min. Danach frei: 4 Std. 10 Min. {answer} "
            "Entscheiden dürfen: J. Rochat, A. Favre.",
            "nl": 'Goedendag, hierbij onze raming voor "T". Werk: 2 u. Afgeboekt van uw uren: 5 u '
            "(express × 2,5), hoogstens 6 u 15. Daarna vrij: 4 u 10. {answer} Wie mag beslissen: "
            "J. Rochat, A. Favre.",
        },
    ),
    "estimate, nothing optional": (
        SMALL,
        {
            "fr": "Bonjour, voici notre estimation pour « T ». Travail : 2 h. Déduit de votre "
            "carnet : 2 h. {answer}",
            "en": 'Hello, here is our estimate for "T". Work: 2 h. Deducted from your hours: 2 h. '
            "{answer}",
            "de": "Guten Tag, hier unsere Schätzung für «T». Arbeit: 2 Std. Abzug vom Guthaben: "
            "2 Std. {answer}",
            "nl": 'Goedendag, hierbij onze raming voor "T". Werk: 2 u. Afgeboekt van uw uren: '
            "2 u. {answer}",
        },
    ),
    "re-estimate in time (W7)": (
        IN_TIME,
        {
            "fr": "Le travail est plus long que prévu : estimation n° 2 de 24 h au lieu de 16 h, "
            "dont 4 h déjà faites ; déduit au plus 30 h. Si vous refusez, nous nous arrêtons et "
            "4 h sont déduites. {answer}",
            "en": "The work is longer than expected: estimate no. 2 of 24 h instead of 16 h, 4 h "
            "already done; at most 30 h deducted. If you decline we stop and 4 h are deducted. "
            "{answer}",
            "de": "Die Arbeit dauert länger als gedacht: Schätzung Nr. 2 von 24 Std. statt 16 "
            "Std., davon 4 Std. geleistet; Abzug höchstens 30 Std. Lehnen Sie ab, hören wir auf, "
            "und 4 Std. werden abgezogen. {answer}",
            "nl": "Het werk duurt langer dan verwacht: raming nr. 2 van 24 u in plaats van 16 u, "
            "waarvan 4 u gedaan; hoogstens 30 u afgeboekt. Weigert u, dan stoppen we en worden 4 "
            "u afgeboekt. {answer}",
        },
    ),
    "re-estimate too late (W8)": (
        replace(LATE, at_most=None),
        {
            "fr": "Le travail est plus long que prévu : estimation n° 2 de 24 h au lieu de 16 h, "
            "dont 4 h 01 déjà faites ; 24 h déduites. Si vous refusez, nous nous arrêtons et les "
            "4 h 01 vous sont offertes. {answer}",
            "en": "The work is longer than expected: estimate no. 2 of 24 h instead of 16 h, 4 h "
            "01 min already done; 24 h deducted. If you decline we stop and the 4 h 01 min are "
            "not charged. {answer}",
            "de": "Die Arbeit dauert länger als gedacht: Schätzung Nr. 2 von 24 Std. statt 16 "
            "Std., davon 4 Std. 1 Min. geleistet; Abzug 24 Std. Lehnen Sie ab, hören wir auf, und "
            "die 4 Std. 1 Min. schenken wir Ihnen. {answer}",
            "nl": "Het werk duurt langer dan verwacht: raming nr. 2 van 24 u in plaats van 16 u, "
            "waarvan 4 u 01 gedaan; 24 u afgeboekt. Weigert u, dan stoppen we en rekenen we de 4 "
            "u 01 niet aan. {answer}",
        },
    ),
    "reminder with an expiry": (
        REMINDER,
        {
            "fr": "« T » attend votre décision depuis le 15 mai : 6 h de travail, 6 h déduites. "
            "Sans réponse d'ici au 5 juin, l'estimation sera échue ; rien ne sera fait ni déduit. "
            "{answer}",
            "en": '"T" has been waiting for your decision since 15 May: 6 h of work, 6 h '
            "deducted. Without an answer by 5 June the estimate lapses; nothing is done or "
            "deducted. {answer}",
            "de": "«T» wartet seit dem 15. Mai auf Ihren Entscheid: 6 Std. Arbeit, 6 Std. Abzug. "
            "Ohne Antwort bis 5. Juni verfällt die Schätzung; nichts wird getan oder abgezogen. "
            "{answer}",
            "nl": '"T" wacht sinds 15 mei op uw beslissing: 6 u werk, 6 u afgeboekt. Zonder '
            "antwoord vóór 6 juni vervalt de raming; er gebeurt niets en er wordt niets "
            "afgeboekt. {answer}",
        },
    ),
    "reminder without expiry": (
        replace(REMINDER, expires_at=None),
        {
            "fr": "« T » attend votre décision depuis le 15 mai : 6 h de travail, 6 h déduites. "
            "{answer}",
            "en": '"T" has been waiting for your decision since 15 May: 6 h of work, 6 h '
            "deducted. {answer}",
            "de": "«T» wartet seit dem 15. Mai auf Ihren Entscheid: 6 Std. Arbeit, 6 Std. Abzug. "
            "{answer}",
            "nl": '"T" wacht sinds 15 mei op uw beslissing: 6 u werk, 6 u afgeboekt. {answer}',
        },
    ),
    "approved": (
        APPROVED,
        {
            "fr": "Merci. Accord de J. Rochat reçu le 18 mai à 14 h 05 : 6 h de travail, 6 h "
            "déduites. Une erreur ? Répondez-nous tout de suite.",
            "en": "Thank you. Approval by J. Rochat received on 18 May at 14:05: 6 h of work, 6 h "
            "deducted. A mistake? Tell us straight away.",
            "de": "Danke. Zusage von J. Rochat am 18. Mai um 14:05 erhalten: 6 Std. Arbeit, 6 "
            "Std. Abzug. Ein Irrtum? Antworten Sie uns gleich.",
            "nl": "Dank u. Akkoord van J. Rochat ontvangen op 18 mei om 14:05: 6 u werk, 6 u "
            "afgeboekt. Een vergissing? Laat het ons meteen weten.",
        },
    ),
    "declined, nothing deducted": (
        DECLINED,
        {
            "fr": "C'est noté : « T » ne sera pas réalisé. Rien n'est déduit.",
            "en": 'Noted: "T" will not be done. Nothing is deducted.',
            "de": "Notiert: «T» wird nicht ausgeführt. Nichts wird abgezogen.",
            "nl": 'Genoteerd: "T" wordt niet uitgevoerd. Er wordt niets afgeboekt.',
        },
    ),
    "declined after a study (W9)": (
        replace(DECLINED, charged=90 * MIN),
        {
            "fr": "C'est noté : « T » ne sera pas réalisé. L'étude déjà faite, 1 h 30, est "
            "déduite selon votre contrat.",
            "en": 'Noted: "T" will not be done. The study already done, 1 h 30 min, is deducted '
            "under your contract.",
            "de": "Notiert: «T» wird nicht ausgeführt. Die geleistete Abklärung, 1 Std. 30 Min., "
            "wird laut Vertrag abgezogen.",
            "nl": 'Genoteerd: "T" wordt niet uitgevoerd. Het gedane onderzoek, 1 u 30, wordt '
            "volgens uw contract afgeboekt.",
        },
    ),
    "date": (
        DATE,
        {
            "fr": "Pour quand souhaitez-vous « T » ? Une date suffit, par exemple 12 juin 2026.",
            "en": 'When do you need "T"? A date is enough, for example 12 June 2026.',
            "de": "Bis wann wünschen Sie «T»? Ein Datum genügt, zum Beispiel 12. Juni 2026.",
            "nl": 'Wanneer wenst u "T"? Een datum volstaat, bijvoorbeeld 12 juni 2026.',
        },
    ),
    "low balance (W11)": (
        LOW,
        {
            "fr": "Il reste 31 h 59 dans votre carnet (moins de 4 jours), soit jusque vers début "
            "juillet au rythme actuel. Souhaitez-vous le renouveler ? Les heures restantes seront "
            "reportées.",
            "en": "31 h 59 min are left (less than 4 days), enough until about early July at the "
            "current pace. Would you like to renew? Unused hours carry over.",
            "de": "Es bleiben 31 Std. 59 Min. (weniger als 4 Tage), beim jetzigen Tempo etwa bis "
            "Anfang Juli. Möchten Sie verlängern? Restliche Stunden werden übertragen.",
            "nl": "Er resten 31 u 59 (minder dan 4 dagen), in dit tempo tot ongeveer begin juli. "
            "Wilt u verlengen? Resterende uren gaan mee.",
        },
    ),
    "channel, time counts": (
        CHANNEL,
        {
            "fr": f"Demande bien reçue. Le délai promis compte. La prochaine fois, {LINK} est le "
            "plus sûr.",
            "en": f"Request received. The promised time counts. Next time, {LINK} is the safest "
            "way.",
            "de": f"Anfrage erhalten. Die zugesagte Frist läuft. Nächstes Mal ist {LINK} am "
            "sichersten.",
            "nl": f"Verzoek ontvangen. De beloofde termijn loopt. De volgende keer is {LINK} het "
            "zekerst.",
        },
    ),
    "channel, time waits": (
        replace(CHANNEL, counts=False),
        {
            "fr": f"Demande bien reçue. Le délai promis court dès qu'elle est écrite ici : {LINK}. "
            f"La prochaine fois, {LINK} est le plus sûr.",
            "en": f"Request received. The promised time starts once it is written here: {LINK}. "
            f"Next time, {LINK} is the safest way.",
            "de": f"Anfrage erhalten. Die zugesagte Frist läuft, sobald sie hier steht: {LINK}. "
            f"Nächstes Mal ist {LINK} am sichersten.",
            "nl": f"Verzoek ontvangen. De beloofde termijn loopt zodra het hier staat: {LINK}. De "
            f"volgende keer is {LINK} het zekerst.",
        },
    ),
    "consumed": (
        CONSUMED,
        {
            "fr": "Temps passé sur « T » : 1 h 30. Déduit de votre carnet : 1 h 30. Solde : "
            "38 h 30 sur 40 h.",
            "en": 'Time spent on "T": 1 h 30 min. Deducted from your hours: 1 h 30 min. Balance: '
            "38 h 30 min of 40 h.",
            "de": "Aufwand für «T»: 1 Std. 30 Min. Abzug vom Guthaben: 1 Std. 30 Min. Saldo: 38 "
            "Std. 30 Min. von 40 Std.",
            "nl": 'Tijd besteed aan "T": 1 u 30. Afgeboekt van uw uren: 1 u 30. Saldo: 38 u 30 '
            "van 40 u.",
        },
    ),
}


@pytest.mark.parametrize("language", ANSWER)
@pytest.mark.parametrize("case", WORDING)
def test_a_message_says_exactly_what_was_agreed(case: str, language: str) -> None:
    facts, texts = WORDING[case]
    assert said(facts, language) == texts[language].replace("{answer}", ANSWER[language])


@pytest.mark.parametrize("language", ANSWER)
@pytest.mark.parametrize("facts", [SMALL, REMINDER, APPROVED, CONSUMED], ids=lambda f: f.kind)
def test_r0_16_hours_worked_and_deducted_stand_side_by_side(facts: Facts, language: str) -> None:
    express = replace(facts, worked=3 * H, deducted=27000)
    text = said(express, language)
    assert text.index(f"{for_people(3 * H, language)}".replace("\u00a0", " ")) < text.index("7 ")
    equal = said(replace(facts, worked=3 * H, deducted=3 * H), language)
    assert equal.count("3 ") == 2


@pytest.mark.parametrize(("language", "line"), SEPARATOR.items())
def test_a_message_that_asks_begins_with_the_separator(language: str, line: str) -> None:
    asking = {"estimate", "re-estimate", "reminder", "date", "low-balance"}
    assert separator(language) == line
    for facts in EVERY:
        message = composed(facts, language)
        assert message.asks is (facts.kind in asking)
        assert (message.parts[0] == f"{line}\n\n") is message.asks
        assert message.text.count(line) == message.asks


@pytest.mark.parametrize(
    ("language", "footer"),
    [
        ("fr", "SUP-1103 · estimation n°\u00a01 · Agence SA"),
        ("en", "SUP-1103 · estimate no.\u00a01 · Agence SA"),
        ("de", "SUP-1103 · Schätzung Nr.\u00a01 · Agence SA"),
        ("nl", "SUP-1103 · raming nr.\u00a01 · Agence SA"),
    ],
)
def test_a2_the_footer_names_ticket_and_estimate(language: str, footer: str) -> None:
    message = composed(EXPRESS, language)
    assert message.text.endswith(f"\n\n{footer}")
    assert message.number == 1
    assert composed(DATE, language).text.endswith("\n\nSUP-1103 · Agence SA")
    assert composed(LOW, language).text.endswith("\n\nAgence SA")


@pytest.mark.parametrize(
    ("facts", "subject"),
    [
        (EXPRESS, "Estimation n° 1 : T"),
        (REMINDER, "Rappel, estimation n° 1 : T"),
        (LOW, "Votre carnet : 31 h 59 restantes"),
        (replace(LOW, left=-110 * MIN), "Votre carnet : 1 h 50 de dépassement"),
    ],
)
def test_the_subject_says_what_it_is_about(facts: Facts, subject: str) -> None:
    assert composed(facts).subject.replace("\u00a0", " ") == subject
