"""What clients are told, in French, English, German and Dutch.

`compose` is pure: the facts of one message in, a `model.Message` out. The wording is data
(`catalogues/*.toml`); other people's words are never part of a template.
"""

from bridge.messages.compose import compose, own_sentences, separator
from bridge.messages.facts import Facts
from bridge.messages.samples import preview
from bridge.messages.words import LANGUAGES

__all__ = [
    "LANGUAGES",
    "Facts",
    "compose",
    "own_sentences",
    "preview",
    "separator",
]
