"""Phrases that a client's contract adds to the answers that count: each must be one (A2, A3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from bridge.config.report import Report
from bridge.contracts import Contract
from bridge.model import Verdict
from bridge.rules.approval.answers import phrase_problem, read_answer

_MEANT: Final = {"extra_yes": Verdict.APPROVE, "extra_no": Verdict.REJECT}
_HINT: Final = 'write the whole of what the client answers, as "Bon pour accord"'


def check_phrases(
    contracts: Mapping[str, Mapping[str, Any]],
    editions: Mapping[str, Sequence[Contract]],
    report: Report,
) -> None:
    """A phrase that could never count, or that counts as the opposite already."""
    for name, texts in editions.items():
        written = contracts.get(name, {})
        for key, phrase, problem in dict.fromkeys(f for text in texts for f in _faults(text)):
            listed = written.get(key)
            at: tuple[str | int, ...] = ("contracts", name)
            if isinstance(listed, list) and phrase in listed:
                at = (*at, key, listed.index(phrase))
            report.error(at, f'"{phrase}" cannot count as an answer: {problem}', _HINT)


def _faults(contract: Contract) -> Iterator[tuple[str, str, str]]:
    phrases = {"extra_yes": contract.extra_yes, "extra_no": contract.extra_no}
    both = set(contract.extra_yes) & set(contract.extra_no)
    for key, listed in phrases.items():
        for phrase in listed:
            problem = phrase_problem(phrase)
            known = read_answer(phrase).verdict
            if problem is not None:
                yield key, phrase, problem
            elif known not in (None, _MEANT[key]):
                yield key, phrase, f"everywhere else it means {known}"
            elif phrase in both:
                yield key, phrase, "it is in extra_yes and in extra_no"
