"""Whatever stands behind a key, the answer is a configuration or a list of problems."""

import re
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.cli.terminal.problems import problems
from bridge.config import ConfigError, load
from tests.amounts import amount
from tests.config.helpers import GOOD

VALUES = st.sampled_from(
    [
        "3", "-1", "1.5", "nan", "true", '""', '"x"', '"a:b"', '"tma:"', '":"', '"*."', '"@"', "[]",
        "{}", "[1]", "[[]]", "[{}]", '["x", 2, {}]', "{ a = 1 }", "{ a.b = [1, { c = 2 }] }",
        "2026-01-01", "07:30:00", "2026-01-01T00:00:00Z", "9" * 400, '"""\nx\n"""', "'\\'",
        '"env:"', '"file:"', '"../../x"', '"\\u0000"', '"\\ud7ff\\U0010ffff"',
    ]
)  # fmt: skip
ASSIGNMENTS = [found.start() for found in re.finditer(r"^[a-z_.]+ = .*$", GOOD, re.MULTILINE)]
HEADERS = [found.start() for found in re.finditer(r"^\[.*\]$", GOOD, re.MULTILINE)]


@settings(
    max_examples=amount(40, long=300),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(st.sampled_from(ASSIGNMENTS), VALUES), min_size=1, max_size=4))
def test_any_value_behind_any_key_is_loaded_or_answered(
    write: Callable[[str], Path], changes: list[tuple[int, str]]
) -> None:
    text = GOOD
    for start, value in sorted(dict(changes).items(), reverse=True):
        key = re.compile(r"[a-z_.]+ = ").match(GOOD, start)
        assert key is not None
        end = GOOD.index("\n", start)
        text = text[: key.end()] + value + text[end:]
    path = write(text)
    try:
        load(path)
    except ConfigError as error:
        answered(error, path)


@settings(
    max_examples=amount(30, long=200),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.sampled_from(HEADERS),
    st.sampled_from(
        [
            "[clients]", "[[clients]]", "[sources]", "[x.y]", "[contracts.'']", "[safety]",
            "[provider.name]", "[bridge.database]", '[sources."a b"]', "[[provider]]", "[",
        ]
    ),
)  # fmt: skip
def test_any_table_in_the_place_of_another_is_loaded_or_answered(
    write: Callable[[str], Path], start: int, header: str
) -> None:
    path = write(GOOD[:start] + header + GOOD[GOOD.index("\n", start) :])
    try:
        load(path)
    except ConfigError as error:
        answered(error, path)


def answered(error: ConfigError, path: Path) -> None:
    """Each problem has a place in the file and can be shown."""
    assert any(problem.severity == "error" for problem in error.problems)
    for problem in error.problems:
        assert re.fullmatch(rf"{re.escape(str(path))}:\d+:\d+", problem.where)
        assert problem.message
    assert problems(error.problems).endswith("Nothing was written.")
