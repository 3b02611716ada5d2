"""``movietag status``: every part of the embedded stack, and every address."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.table import Table

from movietag.cli.output import FOUND, NOTHING, command, console, print_json
from movietag.local.stack import Stack
from movietag.settings import settings


@command
def status(
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show every part of the embedded stack: its state, process, uptime and address.

    Ends with 0 when every part runs, else with 1.
    """
    found = Stack(settings()).status()
    if json:
        print_json(found)
    else:
        out = console()
        table = Table(box=None, pad_edge=False)
        for title in ("Part", "State", "Pid", "Up", "Address"):
            table.add_column(title, justify="right" if title in ("Pid", "Up") else "left")
        for part in found.parts:
            up = f"{part.uptime_s:.0f} s" if part.uptime_s else ""
            table.add_row(part.name, part.state, str(part.pid or ""), up, part.address or "")
        out.print(table)
        out.print(f"Data and logs: {found.addresses.home}", soft_wrap=True)
    sys.exit(FOUND if found.up else NOTHING)
