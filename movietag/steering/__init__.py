"""What people ask of a library: lists of titles, cancelling, forgetting, trying again; for commands, the page and REST."""
