"""The REST API over the library, with the same records as the commands' ``--json``; and the pages on it."""
