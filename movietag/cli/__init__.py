"""The command `movietag`: one file per subcommand, each thin."""

from movietag.cli.app import app

__all__ = ["app"]
