"""A simulated Pivotal Tracker (API v5), and a clone of it, from the documentation."""

from connectors.sandbox.pivotal.flavour import FLAVOURS, LITETRACKER, PIVOTAL, Flavour
from connectors.sandbox.pivotal.tool import PivotalSandbox

__all__ = ["FLAVOURS", "LITETRACKER", "PIVOTAL", "Flavour", "PivotalSandbox"]
