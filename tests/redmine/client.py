"""What a sync does with a connector, in the few lines that the tests need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.toolkit.http import Limits
from tests import keeping
from tests.keeping import SINCE
from tests.servers.seconds import next_second

QUICK = Limits(connect=2, read=5, answer=20, pause=0.05, longest_pause=0.1)
LATER = timedelta(seconds=4)
"""After so long a second is over for good."""
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

    ahead: timedelta = timedelta(0)
    """How much later the connector believes that it is: nothing has to be waited for."""

    def settle(self, since: datetime = SINCE) -> None:
        """Poll until nothing is news any more, as time would do. What is done in the tool next is
        done in another second."""
        self.poll(since)
        next_second()
        self.ahead = LATER
        self.poll(since)
        self.ahead = timedelta(0)
