"""Promised times: from when to when a clock counts, and how it stands."""
