"""How messages follow the facts: agreement in number, dates, thirds of a month, what is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bridge.messages import compose
from tests.messages.facts import (
    APPROVED,
    CONSUMED,
    DATE,
    EXPRESS,
    IN_TIME,
    LOW,
    MIN,
    REMINDER,
    SMALL,
    H,
    composed,
    said,
)


@pytest.mark.parametrize(
    ("language", "short", "missing"),
    [
        ("fr", "Il manquera ensuite 1 h 50.", "Il manquera ensuite 1 h."),
        ("en", "1 h 50 min will then be missing.", "1 h will then be missing."),
        ("de", "Danach fehlen 1 Std. 50 Min.", "Danach fehlt 1 Std."),
        ("nl", "Daarna ontbreken 1 u 50.", "Daarna ontbreekt 1 u."),
    ],
)
def test_hours_that_are_missing_are_said_in_words(language: str, short: str, missing: str) -> None:
    assert short in said(replace(SMALL, free_after=-110 * MIN), language)
    assert missing in said(replace(SMALL, free_after=-H), language)


@pytest.mark.parametrize(
    ("language", "one", "none", "both"),
    [
        (
            "fr",
            "16 h, dont 1 h déjà faite ; 1 h déduite. Si vous refusez, nous nous arrêtons et 1 h "
            "vous est offerte.",
            "au lieu de 16 h ; 45 min déduites. Si vous refusez, nous nous arrêtons et rien n'est "
            "déduit.",
            "et 1 h 30 est déduite, 20 min vous sont offertes.",
        ),
        (
            "en",
            "16 h, 1 h already done; 1 h deducted. If you decline we stop and the 1 h is not "
            "charged.",
            "instead of 16 h; 45 min deducted. If you decline we stop and nothing is deducted.",
            "and 1 h 30 min are deducted, 20 min are not charged.",
        ),
        (
            "de",
            "16 Std., davon 1 Std. geleistet; Abzug 1 Std. Lehnen Sie ab, hören wir auf, und die "
            "1 Std. schenken wir Ihnen.",
            "statt 16 Std.; Abzug 45 Min. Lehnen Sie ab, hören wir auf, und nichts wird abgezogen.",
            "und 1 Std. 30 Min. werden abgezogen, 20 Min. schenken wir Ihnen.",
        ),
        (
            "nl",
            "16 u, waarvan 1 u gedaan; 1 u afgeboekt. Weigert u, dan stoppen we en rekenen we de "
            "1 u niet aan.",
            "in plaats van 16 u; 45 min afgeboekt. Weigert u, dan stoppen we en wordt er niets "
            "afgeboekt.",
            "en worden 1 u 30 afgeboekt, 20 min rekenen we niet aan.",
        ),
    ],
)
def test_a_refused_re_estimate_says_what_is_deducted_and_what_is_given(
    language: str, one: str, none: str, both: str
) -> None:
    base = replace(IN_TIME, at_most=None, if_declined=0)
    assert one in said(replace(base, done=H, deducted=H, offered=H), language)
    assert none in said(replace(base, done=0, deducted=45 * MIN), language)
    assert both in said(replace(base, if_declined=90 * MIN, offered=20 * MIN), language)


@pytest.mark.parametrize(
    ("language", "seconds", "says"),
    [
        ("fr", 0, "6 h de travail, 0 h déduite."),
        ("fr", MIN, "1 min déduite."),
        ("fr", 45 * MIN, "45 min déduites."),
        ("fr", H, "1 h déduite."),
        ("fr", 119 * MIN, "1 h 59 déduite."),
        ("fr", 2 * H, "2 h déduites."),
        ("fr", 2 * H - 20, "2 h déduites."),
    ],
)
def test_french_agrees_with_the_duration_shown(language: str, seconds: int, says: str) -> None:
    assert says in said(replace(APPROVED, deducted=seconds), language)


@pytest.mark.parametrize(
    ("language", "seconds", "says"),
    [
        ("fr", H, "Il reste 1 h dans votre carnet (moins de 5 h)."),
        ("en", H, "1 h is left (less than 5 h)."),
        ("en", 0, "0 h are left (less than 5 h)."),
        ("en", 90 * MIN, "1 h 30 min are left (less than 5 h)."),
        ("de", H, "Es bleibt 1 Std. (weniger als 5 Std.)."),
        ("de", 2 * H, "Es bleiben 2 Std. (weniger als 5 Std.)."),
        ("nl", H, "Er rest 1 u (minder dan 5 u)."),
        ("nl", MIN, "Er rest 1 min (minder dan 5 u)."),
        ("fr", -110 * MIN, "Votre carnet est dépassé de 1 h 50. Souhaitez-vous le renouveler ?"),
        ("en", -110 * MIN, "Your hours are overdrawn by 1 h 50 min. Would you like to renew?"),
        ("de", -110 * MIN, "Ihr Guthaben ist um 1 Std. 50 Min. überzogen. Möchten Sie verlängern?"),
        ("nl", -110 * MIN, "Uw uren zijn overschreden met 1 u 50. Wilt u verlengen?"),
    ],
)
def test_a_low_balance_agrees_and_is_never_a_bare_negative(
    language: str, seconds: int, says: str
) -> None:
    facts = replace(LOW, left=seconds, threshold=5 * H, day_seconds=None, runs_out=None)
    text = said(facts, language)
    assert text.startswith(says)
    assert "\u2212" not in text


@pytest.mark.parametrize(
    ("threshold", "says"),
    [(8 * H, "moins de 1 jour"), (12 * H, "moins de 1,5 jour"), (16 * H, "moins de 2 jours"),
     (13 * H, "moins de 13 h")],
)  # fmt: skip
def test_c19_a_threshold_is_told_in_days_where_it_makes_whole_or_half_ones(
    threshold: int, says: str
) -> None:
    assert says in said(replace(LOW, threshold=threshold), "fr")


@pytest.mark.parametrize(
    ("language", "day", "says"),
    [
        ("fr", 10, "début octobre"), ("fr", 11, "mi‑octobre"), ("fr", 20, "mi‑octobre"),
        ("fr", 21, "fin octobre"), ("en", 1, "early October"), ("en", 15, "mid‑October"),
        ("en", 31, "late October"), ("de", 15, "Mitte Oktober"), ("de", 31, "Ende Oktober"),
        ("nl", 15, "half oktober"), ("nl", 31, "eind oktober"),
    ],
)  # fmt: skip
def test_the_end_of_the_hours_is_a_third_of_a_month(language: str, day: int, says: str) -> None:
    assert says in said(replace(LOW, runs_out=date(2026, 10, day)), language)


def test_dates_are_those_of_the_clients_zone_and_french_has_its_first() -> None:
    late_on_april_30 = datetime(2026, 4, 30, 22, 30, tzinfo=UTC)
    assert "depuis le 1er mai :" in said(replace(REMINDER, since=late_on_april_30), "fr")
    assert "since 1 May:" in said(replace(REMINDER, since=late_on_april_30), "en")
    assert "depuis le 11 mai :" in said(
        replace(REMINDER, since=datetime(2026, 5, 11, tzinfo=UTC)), "fr"
    )
    assert "le 18 mai à 17 h :" in said(
        replace(APPROVED, at=datetime(2026, 5, 18, 15, 0, 40, tzinfo=UTC)), "fr"
    )
    assert "le 1er mai à 0 h 30 :" in said(replace(APPROVED, at=late_on_april_30), "fr")
    assert "par exemple 1er juin 2026." in said(replace(DATE, example=date(2026, 6, 1)), "fr")


def test_an_expiry_during_the_day_still_counts_that_day() -> None:
    noon = replace(REMINDER, expires_at=datetime(2026, 6, 5, 10, tzinfo=UTC))
    assert "d'ici au 5 juin" in said(noon, "fr")
    end_of_month = replace(REMINDER, expires_at=datetime(2026, 6, 30, 22, tzinfo=UTC))
    assert "d'ici au 30 juin" in said(end_of_month, "fr")
    assert "vóór 1 juli" in said(end_of_month, "nl")


def test_consumed_tells_express_gifts_and_an_overdrawn_book() -> None:
    express = replace(CONSUMED, worked=80 * MIN, deducted=200 * MIN, express=Decimal("2.50"))
    assert "Temps passé sur « T » : 1 h 20. Déduit de votre carnet : 3 h 20 (express × 2,5)." in (
        said(express, "fr")
    )
    gift = replace(CONSUMED, worked=11 * H, deducted=10 * H, offered=H, balance=-110 * MIN)
    assert said(gift, "fr").endswith(
        "Déduit de votre carnet : 10 h. Offert : 1 h. Dépassement : 1 h 50."
    )
    assert said(gift, "en").endswith("hours: 10 h. Not charged: 1 h. Overdrawn by 1 h 50 min.")
    assert said(gift, "de").endswith("10 Std. Geschenkt: 1 Std. Überzogen um 1 Std. 50 Min.")
    assert said(gift, "nl").endswith("10 u. Niet aangerekend: 1 u. Overschrijding: 1 u 50.")
    assert said(replace(CONSUMED, balance=None), "fr").endswith("Déduit de votre carnet : 1 h 30.")
    assert said(replace(CONSUMED, total=None), "fr").endswith("Solde : 38 h 30.")


def test_visibility_and_recipients_are_as_they_were_said() -> None:
    private = compose(DATE, "fr", public=False, recipients=("direction@acme.ch",))
    assert not private.public
    assert private.recipients == ("direction@acme.ch",)
    assert composed(DATE, "nl-BE").language == "nl"


def test_what_cannot_be_composed_is_refused_with_what_exists() -> None:
    with pytest.raises(ValueError, match='"reminder" lacks: since'):
        replace(REMINDER, since=None)
    with pytest.raises(ValueError, match='"date" does not take: number, begun'):
        replace(DATE, number=1, begun=True)
    with pytest.raises(ValueError, match='no messages in "it"; there are: fr, en, de, nl'):
        compose(EXPRESS, "it", public=True)
    with pytest.raises(ValueError, match="no time zone"):
        composed(replace(APPROVED, at=datetime(2026, 5, 18, 12, 5)))
    with pytest.raises(ValueError, match='"offered" of a message "re-estimate" cannot be -60'):
        composed(replace(IN_TIME, offered=-60))
