"""The place of every key of a TOML file."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mappings.toml_lines import Lines
from tests.config.helpers import GOOD

ODD = '''\
title = "a = 1 [not.a.table]" # [nor.this]
"dotted.key" = 1
'quoted' . inner = { a = 1, "b \\u00e9" = [1, 2], c = { d = "}" } }
text = """
[no.table]
key = 1
"""
more = \'\'\'
x = "''
\'\'\'
last = 1

[[list]]
name = 1
[list.below]
deep = 2
[[list]]
name = 3
[list.below]
deep = 4
[ "spaced out" . sub ]
when = 2026-01-01 10:00:00
far = [ # a comment, with ] and "
  { a = 1 },

  [2, 3], "x" ]
after = true
[a.b.c]
x = 1
[a]
y = 2
'''


def paths(data: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield (*above, key)
            yield from paths(value, (*above, key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield (*above, number)
            yield from paths(value, (*above, number))


def test_places_of_odd_keys_are_exact() -> None:
    lines = Lines(ODD, "odd.toml")
    expected = {
        ("title",): (1, 1),
        ("dotted.key",): (2, 1),
        ("quoted", "inner", "a"): (3, 22),
        ("quoted", "inner", "b é", 1): (3, 46),
        ("quoted", "inner", "c", "d"): (3, 56),
        ("text",): (4, 1),
        ("more",): (8, 1),
        ("last",): (11, 1),
        ("list", 0, "name"): (14, 1),
        ("list", 0, "below", "deep"): (16, 1),
        ("list", 1): (17, 1),
        ("list", 1, "below", "deep"): (20, 1),
        ("spaced out", "sub", "when"): (22, 1),
        ("spaced out", "sub", "far", 0, "a"): (24, 5),
        ("spaced out", "sub", "far", 1, 1): (26, 7),
        ("spaced out", "sub", "far", 2): (26, 11),
        ("spaced out", "sub", "after"): (27, 1),
        ("a", "b", "c", "x"): (29, 1),
        ("a",): (30, 1),
        ("a", "y"): (31, 1),
    }
    assert {path: lines.position(*path) for path in expected} == expected
    assert lines.at("a", "y") == "odd.toml:31:1"
    assert lines.line("a", "y") == "y = 2"


@pytest.mark.parametrize("text", [ODD, GOOD], ids=["odd", "good"])
def test_every_key_that_the_reader_finds_has_a_place_of_its_own(text: str) -> None:
    lines = Lines(text, "x.toml")
    found = list(paths(tomllib.loads(text)))
    assert len(found) > 30
    for path in found:
        assert path == () or lines.position(*path) != (1, 1) or path == found[0]


def test_every_shipped_file_has_a_place_for_every_key() -> None:
    root = Path(__file__).resolve().parents[2]
    files = [*(root / "mappings").glob("*.toml"), *(root / "bridge").rglob("*.toml")]
    assert files
    for file in files:
        text = file.read_text(encoding="utf-8")
        lines = Lines(text, str(file))
        for path in paths(tomllib.loads(text)):
            line, column = lines.position(*path)
            if isinstance(path[-1], str):
                assert path[-1].split(".")[0] in lines.texts[line - 1][column - 1 :], path


def test_key_that_is_not_there_has_the_place_of_what_is_around_it() -> None:
    lines = Lines(GOOD, "x.toml")
    assert lines.position("sources", "tma", "nothing") == lines.position("sources", "tma")
    assert lines.position("nothing", "at", "all") == (1, 1)


@pytest.mark.parametrize(
    "text", ["= 1", "a = [1, 2", "[a\nb = 1", 'a = "x', "a = { b = ", "\x00", "[[a]", "a.b", "]"]
)
def test_text_that_is_no_toml_ends_the_walk_without_harm(text: str) -> None:
    lines = Lines(f"first = 1\n{text}", "x.toml")
    assert lines.position("first") == (1, 1)
