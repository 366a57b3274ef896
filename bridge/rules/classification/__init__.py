"""What a ticket is, and which contract and cover it falls under."""
