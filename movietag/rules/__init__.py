"""What follows from what: pure functions from records to records, and no server."""
