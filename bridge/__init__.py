"""The bridge: client requests in, what the contract says out, written back where they asked.

A ticket travels one way: a connector polls a tool, the store keeps what it said, the rules decide
from (ticket, contract, now), the plan names the writes still needed, the outbox sends each once.
"""

__version__ = "0.1.0"
