"""What `bridge check` looks at. Never writes: not to a tool, not to the store."""
