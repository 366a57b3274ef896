"""What a sync does with a connector, in the few lines that the tests need."""

from __future__ import annotations

from datetime import UTC, datetime

from connectors.toolkit.http import Limits
from tests.keeping import SINCE, Client

__all__ = ["FUTURE", "QUICK", "SINCE", "Client"]

QUICK = Limits(connect=2, read=5, answer=20, pause=0.05, longest_pause=0.1)
FUTURE = datetime(2100, 1, 1, tzinfo=UTC)
"""Everything was last changed before it: the list comes as heads."""
