"""What is measured, each against something plain that does the same."""
