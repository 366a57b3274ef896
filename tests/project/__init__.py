"""The project's frame: what is locked, and how it is installed."""
