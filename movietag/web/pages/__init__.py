"""The pages: rendered by the server; their main functions work without JavaScript."""
