"""``movietag down``: stop the embedded stack."""

from __future__ import annotations

from movietag.cli.output import command, console
from movietag.cli.up import ProgressLines
from movietag.local.stack import Stack
from movietag.settings import get_settings


@command
def down() -> None:
    """Stop the stages, then the servers. The data stays: `movietag up` goes on where this stopped."""
    out = console()
    shown = ProgressLines(out)
    was_up = Stack(get_settings()).down(progress=shown)
    shown.close()
    out.print("The stack is down." if was_up else "The stack was not up.")
