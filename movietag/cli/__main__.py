"""`python -m movietag.cli`."""

from movietag.cli.app import app

app()
