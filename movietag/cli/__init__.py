"""The command `movietag`: one thin command a file."""

from movietag.cli.app import app

__all__ = ["app"]
