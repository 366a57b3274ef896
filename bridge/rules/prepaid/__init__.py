"""What work costs a client's hours."""
