"""Passes, the outbox, the daemon and the commands."""
