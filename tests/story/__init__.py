"""The story every tool must carry, told once, run on each."""
