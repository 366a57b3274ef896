"""What clients are told, in French, English, German and Dutch.

`compose` is pure: the facts of one kind of message in, a `model.Message` out. The wording is data
(`catalogues/*.toml`); other people's words are never part of a template.
"""

from bridge.messages.compose import ASKING, compose, own_sentences, separator
from bridge.messages.facts import (
    KINDS,
    ApprovedFacts,
    ChannelFacts,
    ConsumedFacts,
    DateFacts,
    DeclinedFacts,
    EstimateFacts,
    Facts,
    LowBalanceFacts,
    ReEstimateFacts,
    ReminderFacts,
    TicketFacts,
)
from bridge.messages.samples import preview
from bridge.messages.words import LANGUAGES

__all__ = [
    "ASKING",
    "KINDS",
    "LANGUAGES",
    "ApprovedFacts",
    "ChannelFacts",
    "ConsumedFacts",
    "DateFacts",
    "DeclinedFacts",
    "EstimateFacts",
    "Facts",
    "LowBalanceFacts",
    "ReEstimateFacts",
    "ReminderFacts",
    "TicketFacts",
    "compose",
    "own_sentences",
    "preview",
    "separator",
]
