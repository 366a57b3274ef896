"""The Freshdesk connector, on a simulated account."""
