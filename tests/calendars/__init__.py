"""The working calendar: its rules, its parts, and its properties against a slow model."""
