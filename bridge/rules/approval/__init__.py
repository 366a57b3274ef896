"""Whether work may start: estimates, answers, decisions."""
