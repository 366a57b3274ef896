"""What the contract says: pure functions of a ticket, a contract and the time."""
