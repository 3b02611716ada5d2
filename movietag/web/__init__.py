"""The REST API, with the same records as the commands' ``--json``, and the pages that use it."""
