"""``movietag down``: stops the embedded stack."""

from __future__ import annotations

from movietag.cli.output import command, console
from movietag.cli.up import ProgressLines
from movietag.local.stack import Stack
from movietag.settings import get_settings


@command
def down() -> None:
    """Stop the stages, then the servers. The data stays: `movietag up` continues from there.

    Example: movietag down
    """
    out = console()
    lines = ProgressLines(out)
    was_up = Stack(get_settings()).down(progress=lines)
    lines.close()
    out.print("The stack is down." if was_up else "The stack was not running.")
