"""How problems are shown, and that the line beside them betrays nothing."""

from pathlib import Path

import pytest

from bridge.cli.terminal.excerpt import excerpt
from bridge.cli.terminal.problems import count, problem, problems
from bridge.cli.terminal.style import Style, style_for
from bridge.model import Problem, ProblemSeverity

MAPPING = """\
extends = "redmine"

[state]
"En recete" = "awaiting_client"   # to be mended
"""


def test_problem_has_the_form_of_the_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("agence.toml").write_text(MAPPING)
    found = Problem(
        ProblemSeverity.ERROR,
        'no status "En recete" in this Redmine',
        "agence.toml:4:1",
        'the Redmine has "En recette"; write that on line 4',
    )
    silent = Problem(ProblemSeverity.WARNING, "no time entries may be read", "helpdesk")
    assert problems([found, silent]) == (
        'error: no status "En recete" in this Redmine\n'
        "  --> agence.toml:4:1   [state]\n"
        '   | "En recete" = "awaiting_client"\n'
        '   = help: the Redmine has "En recette"; write that on line 4\n'
        "warning: no time entries may be read\n"
        "  --> helpdesk\n"
        "1 error, 1 warning. Nothing was written."
    )


def test_counts_agree_with_their_nouns() -> None:
    error, warning = Problem(ProblemSeverity.ERROR, "e"), Problem(ProblemSeverity.WARNING, "w")
    assert count([]) == "no problems"
    assert count([error]) == "1 error"
    assert count([error, warning, error, warning]) == "2 errors, 2 warnings"


def test_colour_only_repeats_what_words_say() -> None:
    found = Problem(ProblemSeverity.ERROR, "late", "helpdesk", "hurry")
    painted = problem(found, Style(on=True))
    assert "\x1b[1;31merror\x1b[0m: " in painted
    plain = painted
    for code in ("1", "2", "1;31", "0"):
        plain = plain.replace(f"\x1b[{code}m", "")
    assert plain == problem(found)


def test_threat_H11_foreign_words_in_a_problem_cannot_act() -> None:
    found = Problem(
        ProblemSeverity.ERROR, "no status \x1b[2J\u202e", "help\rdesk", "see\nhere \x9b1m"
    )
    text = problem(found)
    assert text == (
        "error: no status \\x1b[2J\\u202e\n  --> help\\rdesk\n   = help: see\\nhere \\x9b1m"
    )


@pytest.mark.parametrize(
    ("line", "message", "shown"),
    [
        ('api_key = "hunter2"', "", 'api_key = "…"'),
        ('api_key = "env:KEY"  # old: hunter2', "", 'api_key = "env:KEY"'),
        ("password = 'hunter2'", "", "password = '…'"),
        ("password = 123456", "", "password = …"),
        ("port = 70000", "", "port = 70000"),
        ("api_key = hunter2", "", "api_key = …"),
        ("api_key = aHVudGVyMg==", "", "api_key = …"),
        ("api_key = hunter2 = hunter2", "", "api_key = …"),
        ('api_key = "hunter2', "", "api_key = …"),
        ("api_key = hunter2'", "", "api_key = ……"),
        ('a = ["x", aHVudGVyMg=="]', "", 'a = ["…", …'),
        ('kind = "request"', "", 'kind = "request"'),
        ('language = "it"', 'language: there is no "it"', 'language = "it"'),
        ('token = "it"', 'language: there is no "it"', 'token = "…"'),
        (
            'smtp = { host = "h", password = "hunter2", user = "u" }',
            'there is no "h"',
            'smtp = { host = "h", password = "…", user = "…" }',
        ),
        ('match = [{ domain = "acme.ch" }, 7]', '"acme.ch"', 'match = [{ domain = "acme.ch" }, 7]'),
        ('contracts = ["table", "other"]', "", 'contracts = ["table", "…"]'),
        ("date = 2026-01-01", "", "date = 2026-01-01"),
        ("  hunter2", "", "…"),
        ("", "", ""),
    ],
)
def test_threat_S1_line_of_a_problem_shows_only_what_cannot_be_secret(
    line: str, message: str, shown: str, tmp_path: Path
) -> None:
    file = tmp_path / "c.toml"
    file.write_text(f"[table]\n{line}\n")
    found = excerpt(Problem(ProblemSeverity.ERROR, message, f"{file}:2:1"))
    assert found is not None
    assert (found.line, found.table) == (shown, "[table]")


def test_place_that_cannot_be_read_shows_no_line(tmp_path: Path) -> None:
    assert excerpt(Problem(ProblemSeverity.ERROR, "x", "helpdesk:4711")) is None
    assert excerpt(Problem(ProblemSeverity.ERROR, "x", f"{tmp_path}/none.toml:1:1")) is None
    assert excerpt(Problem(ProblemSeverity.ERROR, "x", f"{tmp_path}:1:1")) is None
    (tmp_path / "short.toml").write_text("a = 1\n")
    assert excerpt(Problem(ProblemSeverity.ERROR, "x", f"{tmp_path}/short.toml:9:1")) is None


class Screen:
    """What a stream says of itself."""

    closed = False

    def __init__(self, tty: bool) -> None:
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty


@pytest.mark.parametrize(
    ("tty", "environment", "coloured"),
    [
        (True, {"TERM": "xterm"}, True),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, True),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (True, {}, False),
        (False, {"TERM": "xterm"}, False),
    ],
)
def test_colour_is_for_capable_terminals_that_did_not_refuse_it(
    tty: bool, environment: dict[str, str], coloured: bool
) -> None:
    assert style_for(Screen(tty), environment).on is coloured  # type: ignore[arg-type]
