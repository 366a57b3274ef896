"""What a sync does with a connector, in the few lines that the tests need."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from connectors.toolkit.http import Limits
from tests import keeping
from tests.keeping import SINCE

QUICK = Limits(connect=2, read=5, answer=20, pause=0.05, longest_pause=0.1)
ENGLISH = """
extends = "redmine"
[fields]
consumed = "custom:Consumed hours"
approval = "custom:Approval"
severity = "custom:Severity"
"""


@dataclass(kw_only=True)
class Client(keeping.Client):
    """A Redmine, polled with one key."""

    def settle(self, since: datetime = SINCE) -> None:
        """Poll until nothing is news any more, as time would do: the clock is not waited for."""
        self.poll(since)
        time.sleep(3.1)
        self.poll(since)
