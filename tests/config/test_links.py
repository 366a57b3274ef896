"""Patterns by which a mapping names requests of other sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.config import ConfigError, load

CONFIGURATION = """
[bridge]
database = "sqlite:///bridge.db"

[provider]
name = "Agence SA"
domains = ["agence.example"]

[sources.desk]
type = "memory"
tool = "desk"
mapping = "own.toml"
"""


@pytest.mark.parametrize(
    ("line", "said", "hint"),
    [
        ('"HD-*" = "dsek"', '"HD-*" names requests of "dsek", which is no source', "desk"),
        ('"HD-" = "desk"', '"HD-" does not say how a request is named', "one *"),
        ('"*" = "desk"', '"*" does not say how a request is named', "one *"),
        ('"HD-*" = 3', '"HD-*" does not say how a request is named', "the source"),
    ],
)
def test_a_pattern_that_names_nothing_is_told_with_its_line(
    tmp_path: Path, line: str, said: str, hint: str
) -> None:
    (tmp_path / "config.toml").write_text(CONFIGURATION, encoding="utf-8")
    mapping = f'extends = "memory"\n\n[link]\n{line}\n'
    (tmp_path / "own.toml").write_text(mapping, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "config.toml")
    (problem,) = [p for p in caught.value.problems if p.severity == "error"]
    assert problem.message == said
    assert hint in problem.hint
    assert problem.where.endswith("own.toml:4:1")
