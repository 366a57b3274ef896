"""Stopped anywhere, started again: nothing lost, nothing twice."""
