"""Connectors: the only code that knows a tool's words; nothing of the bridge but its model."""
