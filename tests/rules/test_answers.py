"""How answers are read: the decision table, row by row, and what no text may ever reach."""

from __future__ import annotations

import string
import time
import unicodedata
from pathlib import Path
from tomllib import loads

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.model import Verdict
from bridge.rules.approval import answers
from bridge.rules.approval.answers import phrase_problem, read_answer

DATA = loads(Path(answers.__file__).with_suffix(".toml").read_text(encoding="utf-8"))
YES, NO = DATA["phrases"]["yes"], DATA["phrases"]["no"]
NAMES = ("Alice Rochat", "Jean-Luc d'Aubigné", "Jane")

APPROVALS = (
    # the phrases as they are typed
    "J'approuve.",
    "j'approuve",
    "J'APPROUVE",
    "J’approuve",
    "J‘approuve",
    "J'approuve !",
    "J'approuve\u00a0!",
    "J'approuve\u202f!",
    "J'approuve!!!",
    "  J'approuve  \n\n",
    "Approuve",
    "APPROUVÉ",
    "Approuve\u0301",
    "J'approuvé",
    "\tApprouvé.\r\n",
    "I  approve",
    "I approve.",
    "approved!",
    "ich genehmige",
    "Genehmigt.",
    "GENEHMIGT",
    "Ik ga akkoord.",
    "AKKOORD",
    "akkoord!",
    "Approvo",
    "Approvato.",
    "I\u00a0approve",
    # French
    "J'approuve.\nMerci\nAlice Rochat",
    "Bonjour,\n\nJ'approuve.\n\nCordialement,\nAlice Rochat",
    "Bonjour Jane,\nJ'approuve.\nBien à vous\nA. Rochat",
    "Bonjour, j'approuve, merci !",
    "Merci. J'approuve. Bonne journée !",
    "Madame, Monsieur,\nj'approuve\nSalutations",
    "Bonjour à tous,\nApprouvé\nMerci d'avance\nAlice",
    "Chère Jane,\n\nApprouvé.",
    "J'approuve, s'il vous plaît",
    "Bonjour Madame Rochat, j'approuve.\nJean-Luc d'Aubigné",
    "J'approuve.\nEnvoyé de mon iPhone",
    "J'approuve\r\nMerci\r\nAlice",
    # English
    "Hello,\nI approve.\nThanks,\nAlice",
    "Hi Jane,\n\nApproved\n\nBest regards,\nAlice Rochat",
    "Dear Ms Rochat,\nI approve.\nYours sincerely",
    "Thank you. Approved.",
    "Hi all, approved",
    "I approve. Have a nice day!",
    "Good morning, I approve.\nSent from my iPhone",
    # German
    "Guten Tag\nIch genehmige.\nFreundliche Grüsse\nAlice Rochat",
    "Genehmigt. Vielen Dank!",
    "Sehr geehrte Damen und Herren,\nich genehmige.\nMit freundlichen Grüßen",
    "Hallo zusammen,\nGenehmigt",
    "Liebe Frau Rochat, ich genehmige",
    "Grüezi, genehmigt, danke\nA.",
    # Dutch and Italian
    "Goedendag,\nIk ga akkoord.\nMet vriendelijke groet,\nAlice",
    "Beste Jane,\nAkkoord\nMvg",
    "Akkoord, bedankt!",
    "Geachte heer, mevrouw,\nAkkoord.",
    "Buongiorno,\nApprovo.\nCordiali saluti",
    "Gentile Signora Rochat,\napprovato\nGrazie mille\nA presto",
)

REFUSALS = (
    "Je refuse.",
    "je refuse",
    "Refusé",
    "refuse",
    "I decline",
    "Declined.",
    "Ich lehne ab",
    "ABGELEHNT!",
    "Ik weiger.",
    "geweigerd",
    "Rifiuto",
    "Rifiutato.",
    "Bonjour,\nJe refuse.\nMerci\nAlice",
    "Je refuse, trop cher.",
    "Refusé. C'est trop cher.",
    "Hello,\nI decline. Too expensive.\nRegards",
    "Declined, no longer needed",
    "Guten Tag\nIch lehne ab. Zu teuer.\nGruss\nAlice",
    "Abgelehnt, zu spät.",
    "Ik weiger. Te duur. Groeten, Alice",
    "Geweigerd, bedankt",
    "Rifiuto. È troppo caro. Saluti",
)

UNCLEAR = {
    5: ("", " ", "\n\n\t", "\u00a0\n"),
    6: (
        "J'approuve ?", "J'approuve\u00a0?", "I approve?", "Akkoord?", "Genehmigt? Ja",
        "Approved？", "Approved؟", "Approved\u037e", "Approved՞", "¿Approved", "Approved‽",
        "Approved⁇",
        "Approved⁈", "Approved፧", "Approved❓", "Approvo ﹖", "J'approuve. Quand ?",
    ),
    7: (
        "J'approuve 6 h", "J'approuve.\n079 123 45 67", "I approve SUP-1103", "Akkoord 12 juni",
        "Genehmigt, 3 Std.", "Approved ٣", "Approved ²", "Approved Ⅳ", "Approved ①", "Approvo ½",
        "J'approuve l'estimation n° 1", "Je refuse, 1000 francs",
    ),
    8: (
        "J'approuve si c'est fait vendredi", "J'approuve si…", "J'approuve mais pas tout",
        "J'approuve sauf le menu", "J'approuve, seulement le début",
        "J'approuve, pas avant lundi",
        "I approve but not now", "Approved if it is quick", "I approve only the first part",
        "Approved except the menu", "Approved, after the holidays", "Approved before Friday",
        "Genehmigt, aber schnell", "Ich genehmige, wenn es eilt", "Nur genehmigt",
        "Genehmigt, erst morgen",
        "Akkoord, maar niet nu", "Akkoord als het snel gaat", "Alleen akkoord",
        "Approvo, ma non ora",
        "Approvo se è veloce", "Approvo solo il menu", "Je refuse, sauf le logo", "Approvo solo",
        "J'approuve\nMais\nMerci",
    ),
    9: (
        "J'approuve. Je refuse.", "Approved\nDeclined", "J'approuve ou je refuse",
        "Akkoord, geweigerd",
        "Ich genehmige und ich lehne ab", "I decline. Sorry, I approve", "Approvo rifiuto",
        "« J'approuve » ou « Je refuse »", "Je refuse\n> J'approuve", "I approve / I decline",
    ),
    12: (
        # neither yes nor no
        "oui", "Oui, merci", "ok", "OK", "Ok pour moi", "d'accord", "c'est bon", "go", "yes",
        "Yes please",
        "sure", "fine", "ja", "Ja, gerne", "in Ordnung", "einverstanden", "prima!", "goed",
        "va bene", "sì",
        "Merci", "Bien reçu", "Thanks, received", "Kein Problem", "Bonjour",
        "Cordialement\nAlice", "-", ".",
        "non", "no", "nein", "nee", "Non merci", "No thanks",
        # denials that hold a phrase
        "niet akkoord", "Ik ga niet akkoord", "je n'approuve pas", "Je n’approuve pas.",
        "J'approuve pas",
        "Je ne refuse pas", "I do not approve", "I don't approve", "Not approved",
        "not\napproved",
        "nicht genehmigt", "Ich genehmige nicht", "Ich lehne nicht ab", "pas approuvé",
        "Pas. Approuvé.",
        "Non approuvé", "non approvo", "non approvato", "not declined", "disapproved",
        "Unapproved",
        "J'approuve, pas", "J'approuve.\nNon", "Non.\nJ'approuve", "Rifiutò",
        # more than the phrase
        "J'approuve le devis", "J'approuve cette estimation", "J'approuve tout",
        "J'approuve. Allez-y.",
        "I approve this", "I hereby approve", "Approved by me", "All approved", "Half approved",
        "Ich genehmige das", "Genehmigt von mir", "Ik ga akkoord hiermee", "Helemaal akkoord",
        "J'approuve, je crois", "J'approuve. J'approuve.", "J'approuve\nApproved",
        "Jaccord, j'approuve",
        "Je\nrefuse", "J'appro\nuve", "I. approve", "J'approuve. Bob", "Bonjour Bob, j'approuve",
        "Alice Rochat\nJ'approuve", "Cordialement\nJ'approuve", "trop cher",
        "J'approuve, trop cher",
        "Trop cher. Je refuse", "Je refuse, plus tard", "Je refuserai", "J'approuverai",
        "Japprouve",
        # marks and characters that make two readers differ
        '"I approve"', "« J'approuve »", "'I approve'", "> J'approuve", "| Approved",
        "`Approved`",
        "*Approved*", "_Approved_", "~~Approved~~", "[Approved]", "(approved)", "- J'approuve",
        "-- \nApproved",
        "Approved...", "J'approuve…", "J'approuve..", "J'approuve. .", "Approved;",
        "J'approuve :", "J´approuve",
        "J'approuve 👍", "👍", "✅ Approved", "❌ Approved", "👎 approved", "¬approved",
        "Approved :)", "=Approved",
        "A\u0336p\u0336p\u0336r\u0336o\u0336v\u0336e\u0336d\u0336", "Akkoord\u0338",
        "\u0410pproved",
        "\u0391pproved", "Аккоорд", "Ａｐｐｒｏｖｅｄ", "𝐀pproved", "Approved\u200b",
        "Ap\u00adproved", "\ufeffApproved",
        "\u202eApproved", "Approved\u2069", "Approved\U000e0041", "A\u212akoord",
        "a\u212akoord", "Akk\u00f8ord",
        "Approved\u2028", "Approved\x00", "Appro\ufb01", "Approved\u0307", "Ñ approved",
        "Approved\nОлег",
        "Je refu\u017fe", "Refu\u017fé", "Rıfiuto", "R\u0130fiuto", "App\u0154oved",
        "Approved × Alice",
        "Je refuse 👍", "~~Je refuse~~", "Je refuse…",
    ),
}  # fmt: skip


@pytest.mark.parametrize("phrase", YES)
def test_every_printed_yes_approves(phrase: str) -> None:
    answer = read_answer(phrase)
    assert (answer.verdict, answer.row, answer.phrase) == (Verdict.APPROVE, 11, phrase)


@pytest.mark.parametrize("phrase", NO)
def test_every_printed_no_rejects(phrase: str) -> None:
    answer = read_answer(phrase)
    assert (answer.verdict, answer.row, answer.phrase) == (Verdict.REJECT, 10, phrase)


@pytest.mark.parametrize("text", APPROVALS)
def test_row_11_a_phrase_with_courtesy_approves(text: str) -> None:
    answer = read_answer(text, names=NAMES)
    assert (answer.verdict, answer.row) == (Verdict.APPROVE, 11)
    assert answer.phrase in YES


@pytest.mark.parametrize("text", REFUSALS)
def test_row_10_a_refusal_with_courtesy_or_reason_rejects(text: str) -> None:
    answer = read_answer(text, names=NAMES)
    assert (answer.verdict, answer.row) == (Verdict.REJECT, 10)
    assert answer.phrase in NO


@pytest.mark.parametrize(
    ("row", "text"), [(row, text) for row, texts in UNCLEAR.items() for text in texts]
)
def test_a3_everything_else_is_unclear_and_says_its_row(row: int, text: str) -> None:
    answer = read_answer(text, names=(*NAMES, "Олег"))
    assert (answer.verdict, answer.phrase) == (None, None)
    assert answer.row == row, answer.why


def test_row_5_our_own_sentence_left_in_the_text_is_unclear() -> None:
    own = ("Travail : 6 h.", "Merci.", "Nous ne commençons pas.")
    text = "J'approuve\n\nnous ne\u00a0commençons\npas."
    assert read_answer(text, own_sentences=own).row == 5
    assert read_answer("J'approuve. Merci.", own_sentences=own).verdict is Verdict.APPROVE


def test_threat_E7_the_reason_names_the_character_and_repeats_no_text() -> None:
    answer = read_answer("A\u0336pproved by the boss")
    assert answer.why == "there is COMBINING LONG STROKE OVERLAY"


def test_a_clients_own_phrases_count_for_this_client_only() -> None:
    assert read_answer("Bon pour accord").verdict is None
    assert (
        read_answer("Bon pour accord !", extra_yes=("Bon pour accord",)).phrase == "Bon pour accord"
    )
    assert read_answer("Sans suite, merci", extra_no=["sans suite"]).verdict is Verdict.REJECT
    assert read_answer("Bon pour accord partiel", extra_yes=("Bon pour accord",)).verdict is None


def test_a_phrase_agreed_as_yes_and_as_no_stays_unclear() -> None:
    answer = read_answer("noté", extra_yes=("Noté",), extra_no=("noté",))
    assert (answer.verdict, answer.row) == (None, 9)


@pytest.mark.parametrize(
    ("phrase", "says"),
    [
        ("", "empty"),
        ("ok?", "question mark"),
        ("ok 1", "digit"),
        ("ok si possible", "condition"),
        ("👍", "THUMBS UP"),
        ("oui, d'accord", "one sentence"),
        ("Merci", "courtesy"),
        ("Bonjour", "greeting"),
    ],
)
def test_a_phrase_that_could_never_count_is_told_why(phrase: str, says: str) -> None:
    problem = phrase_problem(phrase)
    assert problem is not None
    assert says in problem


def test_a_phrase_with_a_problem_never_approves() -> None:
    assert read_answer("Merci", extra_yes=("Merci",)).verdict is None
    assert read_answer("J'approuve. Merci", extra_yes=("merci",)).verdict is Verdict.APPROVE
    assert read_answer("👍", extra_yes=("👍",)).verdict is None


@pytest.mark.parametrize("phrase", [*YES, *NO, "Bon pour accord", "ok"])
def test_a_usable_phrase_has_no_problem(phrase: str) -> None:
    assert phrase_problem(phrase) is None


def test_names_sign_and_are_greeted_but_say_nothing() -> None:
    assert read_answer("Approved\nAlice").verdict is None
    assert read_answer("Approved\nAlice", names=("Alice Rochat",)).verdict is Verdict.APPROVE
    assert read_answer("Approved\nIşıl", names=("Işıl Çelik",)).verdict is Verdict.APPROVE
    assert read_answer("Approved\nnot", names=("Not Pas",)).verdict is None
    assert read_answer("Hello Nein, approved", names=("Nein",)).verdict is None
    assert read_answer("Akkoord", names=("Akkoord",)).verdict is Verdict.APPROVE
    assert read_answer("Akkoord\nAkkoord", names=("Akkoord",)).verdict is None


def test_no_word_that_may_stand_beside_a_phrase_makes_a_condition_or_an_answer() -> None:
    beside = [
        entry
        for table in ("greetings", "addressees", "titles", "courtesy", "closings")
        for entries in DATA[table].values()
        for entry in entries
    ]
    for entry in [*beside, *DATA["phrases"]["reasons"]]:
        assert read_answer(entry).row == 12, entry
        assert read_answer(entry).why.startswith("of its sentences, none"), entry


def _around(phrase: str, word: str) -> st.SearchStrategy[str]:
    words = phrase.split(" ")
    places = [" ".join([*words[:at], word, *words[at:]]) for at in range(len(words) + 1)]
    return st.sampled_from(
        [
            *places,
            *(f"{phrase}{gap}{word}" for gap in ("\n", ", ", ". ", " ! ", ".\n\n")),
            *(f"{word}{gap}{phrase}" for gap in ("\n", ", ", ". ", " ! ", ".\n\n")),
        ]
    )


def _bare(word: str) -> str:
    """Without case and accents."""
    letters = unicodedata.normalize("NFD", word.casefold())
    return "".join(char for char in letters if not unicodedata.combining(char))


KNOWN_WORDS = {
    _bare(entry)
    for table in ("greetings", "addressees", "courtesy", "closings")
    for entries in DATA[table].values()
    for entry in entries
}
WORDS = st.text(string.ascii_letters + "éèêëàâçîïôùûüöäñøœ'", min_size=1, max_size=12).filter(
    # "je" before "refusé" is the other refusal
    lambda word: _bare(word) not in KNOWN_WORDS | {"je"}
)


@given(data=st.data(), phrase=st.sampled_from([*YES, *NO]), word=WORDS)
def test_any_extra_word_makes_it_unclear(data: st.DataObject, phrase: str, word: str) -> None:
    assert read_answer(data.draw(_around(phrase, word))).verdict is None


QUOTES = "\"'«»“”„‘’‚‹›`´>|"
NO_TEXTS = [
    *NO, *REFUSALS, "niet akkoord", "je n'approuve pas", "I do not approve", "Nicht genehmigt",
    "Not approved", "non approvo", "Je refuse.\n> J'approuve", "Je refuse\n\nI approve",
]  # fmt: skip


@given(
    text=st.sampled_from(NO_TEXTS),
    marks=st.lists(st.tuples(st.integers(0, 60), st.sampled_from(QUOTES)), max_size=8),
)
@example(text="je n'approuve pas", marks=[(3, "\n"), (4, "’")])
def test_no_yes_is_reached_from_a_no_by_adding_quotes(
    text: str, marks: list[tuple[int, str]]
) -> None:
    for at, mark in marks:
        text = text[:at] + mark + text[at:]
    assert read_answer(text, names=NAMES).verdict is not Verdict.APPROVE


HARMLESS = set(" \t\n\r\u00a0\u2009\u202f.,!")
ACCENTS = set("\u0300\u0301\u0302\u0308\u0327")


@given(
    phrase=st.sampled_from(YES),
    at=st.integers(0, 20),
    char=st.characters(exclude_categories=()).filter(lambda c: c not in HARMLESS | ACCENTS),
)
@example(phrase="Akkoord", at=2, char="\u200d")
@example(phrase="Akkoord", at=7, char="\u037e")
@example(phrase="Akkoord", at=7, char="\U000e003f")
def test_threat_E7_any_strange_character_makes_it_unclear(phrase: str, at: int, char: str) -> None:
    assert read_answer(phrase[:at] + char + phrase[at:]).verdict is None


@pytest.mark.parametrize(
    "text",
    [
        " " * 400_000 + "x", "J'approuve" + " " * 400_000 + "x", "," * 400_000, "!" * 400_000,
        ". " * 200_000, "bonjour " * 50_000, "merci\n" * 60_000 + "J'approuve", "a-" * 200_000,
    ],
    ids=lambda text: text[:12].strip(),
)  # fmt: skip
def test_threat_H10_a_huge_text_takes_no_longer_than_its_length(text: str) -> None:
    start = time.monotonic()
    assert read_answer(text, own_sentences=("Travail : 6 h.",), names=NAMES).verdict is None
    assert time.monotonic() - start < 10
