"""What the Makefile needs beyond one line: locks, the environment, the proof of the wheel."""
