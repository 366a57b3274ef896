"""The story of a morning, told by the real commands on a real store."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path
from textwrap import wrap
from typing import Final

from bridge.demo.house import DELTA, NOOR, House, opened

_INTRODUCTION: Final = """\
A small agency with five clients, one on each tool and each agreement: ACME on Freshdesk with a
carnet of 40 hours, Bertrand on Redmine with TMA, Lumen on GitLab with priorities, Delta on a
tracker with reserved hours, Kempen by mail with hosting. The tools are simulated on this machine;
everything printed under a $ is the real command on a real store, and is gone at the end."""


def demo(say: Callable[[str], None], run: Callable[[list[str]], int]) -> int:
    """Tell the story: `say` prints a line, `run` runs a command line. Returns the exit code."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="bridge-demo-") as folder, opened() as house:
        os.chdir(folder)
        try:
            Path("config.toml").write_text(house.configuration, encoding="utf-8")
            return _Teller(say, run).tell(house)
        finally:
            os.chdir(before)


class _Teller:
    def __init__(self, say: Callable[[str], None], run: Callable[[list[str]], int]) -> None:
        self._say = say
        self._run = run
        self._codes: list[int] = []

    def tell(self, house: House) -> int:
        """The whole morning. The worst exit code of its commands."""
        for line in _INTRODUCTION.splitlines():
            self._say(line)
        self._typed("check")
        self._typed("sync")
        ticket = self._morning(house)
        self._typed("sync --dry-run")
        self._typed("sync")
        self._answers(house, ticket)
        self._work(house, ticket)
        self._typed("sync")
        self._told("The issue in GitLab was read after ACME's ticket: its time counts from now on.")
        self._typed("sync")
        self._told("Again, as cron or the daemon would: nothing is asked, told or counted twice.")
        self._typed("sync")
        self._told("Why does ACME pay what it pays?")
        self._typed(f"explain helpdesk:{ticket}")
        self._typed("ledger acme --verify")
        return max(self._codes)

    def _morning(self, house: House) -> int:
        """Five clients ask; Jane, of the agency, gives an estimate. ACME's ticket."""
        self._told("08:10  Alice of ACME asks for a filter in Freshdesk; Jane estimates 3 hours.")
        ticket = house.acme_asks("Filtre par canton", "Bonjour, pouvez-vous ajouter un filtre ?")
        house.estimate_for_acme(ticket, 3)
        self._told("08:40  Luc of Bertrand reports in Redmine that the till is blocked.")
        house.tma.open(
            "bertrand",
            "luc",
            "Anomalie bloquante : la caisse ne s'ouvre plus",
            tracker=house.tma.world.words.trackers[0],
        )
        self._told("09:05  Lucy of Lumen writes in GitLab that the whole office is offline.")
        house.code.open_issue("lumen/shop", "lucy", "The whole office is offline")
        self._told("09:20  Dora of Delta adds a story: a page for the new shop.")
        house.stories.add_story("delta", "dora", "Neue Seite für den Laden", story_type="feature")
        self._told("09:30  Noor of Kempen sends a mail: the site is down.")
        house.mailbox.ask(NOOR, "Incident: site down", "Our site is down since 9:15, error 500.")
        return ticket

    def _answers(self, house: House, ticket: int) -> None:
        self._told("What Alice reads on her ticket:")
        for line in _plain(house.acme_reads(ticket)):
            for part in wrap(line, 92):
                self._say(f"    {part}")
        self._told("Bruno of ACME says yes, but may not decide; Alice says yes with a condition.")
        house.answer_of_acme(ticket, "bruno@acme.example", "J'approuve")
        house.answer_of_acme(ticket, "direction@acme.example", "Oui, mais avant jeudi")
        self._typed("sync --source helpdesk")
        self._typed("status")
        self._told("Then Alice answers clearly.")
        house.answer_of_acme(ticket, "direction@acme.example", "J'approuve")

    def _work(self, house: House, ticket: int) -> None:
        self._told(
            "11:00  Jane logs 1 h 30 on the filter, and 45 minutes in GitLab, on an issue of the "
            f"agency's own that names it: helpdesk#{ticket}. For Delta she writes /spend 2h."
        )
        (story,) = house.stories.world.projects[DELTA].stories
        house.stories.comment(story, "jdoe", "/spend 2h")
        house.time_for_acme(ticket, 90)
        issue = house.code.open_issue("agence/work", "jdoe", f"Query by canton, helpdesk#{ticket}")
        house.code.log_time(issue, "jdoe", "45m")

    def _told(self, line: str) -> None:
        self._say("")
        for number, part in enumerate(wrap(line, 96)):
            self._say(f"# {part}" if number == 0 else f"#   {part}")

    def _typed(self, words: str) -> None:
        self._say("")
        self._say(f"$ bridge {words}")
        self._codes.append(self._run(words.split()))


class _Text(HTMLParser):
    """The words of a mail, a line per block."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = [""]

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag in ("p", "br", "div", "li"):
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        self.lines[-1] += data


def _plain(html: str) -> list[str]:
    found = _Text()
    found.feed(html)
    return [line.strip() for line in found.lines if line.strip()]
