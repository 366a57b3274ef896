"""What people write in tools and mails: visible words, new words, words that can be stored."""

from connectors.toolkit.text.clean import clean

__all__ = ["clean"]
