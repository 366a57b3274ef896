"""What every simulated tool is built of: clock, journal, faults, strict bodies, serving."""

from connectors.sandbox.core.answers import json_answer
from connectors.sandbox.core.bodies import BadBody, read_json, read_object
from connectors.sandbox.core.clock import Clock
from connectors.sandbox.core.faults import (
    Answer,
    Armed,
    Cut,
    Fault,
    Faults,
    Lose,
    Reset,
    Swap,
    Wait,
)
from connectors.sandbox.core.gate import Gate
from connectors.sandbox.core.guide import Guide, Resident, configuration
from connectors.sandbox.core.journal import Entry, Journal
from connectors.sandbox.core.serving import SandboxError, Serving
from connectors.sandbox.core.tool import Sandbox, Served

__all__ = [
    "Answer",
    "Armed",
    "BadBody",
    "Clock",
    "Cut",
    "Entry",
    "Fault",
    "Faults",
    "Gate",
    "Guide",
    "Journal",
    "Lose",
    "Reset",
    "Resident",
    "Sandbox",
    "SandboxError",
    "Served",
    "Serving",
    "Swap",
    "Wait",
    "configuration",
    "json_answer",
    "read_json",
    "read_object",
]
