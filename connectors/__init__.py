"""Connectors: the only code that knows a tool's words. They import nothing of the bridge but its model."""
