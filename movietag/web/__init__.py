"""The REST API over the library: the same records as the commands' ``--json``."""
