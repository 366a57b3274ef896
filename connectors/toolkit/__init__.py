"""What every connector is made with."""
