"""One module per revision, each frozen once it was released."""
