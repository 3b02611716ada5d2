"""``movietag logs``: what a part of the embedded stack wrote."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from movietag.cli.output import command, plain
from movietag.errors import UsageError
from movietag.local.stack import Stack
from movietag.local.status import last_lines
from movietag.settings import get_settings

SUPERVISOR = "supervisor"


@command
def logs(
    part: Annotated[str, typer.Argument(help="A part as `movietag status` names it.")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as it grows.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="So many last lines.")] = 50,
) -> None:
    """Print the end of a part's log: kafka, elasticsearch, triton, a stage, or supervisor.

    Example: movietag logs fetch --follow
    """
    stack = Stack(get_settings())
    names = [found.name for found in stack.status().parts]
    if part not in (*names, SUPERVISOR):
        raise UsageError(
            f"No part is called {part}; the parts are {', '.join([*names, SUPERVISOR])}."
        )
    path = stack.where.log(part)
    end = path.stat().st_size if path.exists() else 0
    for line in last_lines(path, lines):
        print(plain(line))
    if follow:
        for line in grown(path, end):
            print(plain(line), flush=True)


def grown(path: Path, place: int, pause: float = 0.2) -> Iterator[str]:
    """Lines added to a log behind byte ``place``, as they come, also past a rotation; never ends."""
    rest = b""
    while True:
        size = path.stat().st_size if path.exists() else 0
        place = place if size >= place else 0  # rotated: it begins anew
        if size > place:
            with path.open("rb") as file:
                file.seek(place)
                *whole, rest = (rest + file.read()).split(b"\n")
                place = file.tell()
            yield from (line.decode(errors="replace") for line in whole)
        else:
            time.sleep(pause)
