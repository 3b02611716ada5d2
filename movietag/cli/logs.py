"""``movietag logs``: prints the log of a part of the embedded stack."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from movietag.cli.output import command, plain
from movietag.demo.stage_set import home_stack
from movietag.errors import UsageError
from movietag.local.status import last_lines
from movietag.settings import get_settings

SUPERVISOR = "supervisor"


@command
def logs(
    part: Annotated[str, typer.Argument(help="The name of a part, from `movietag status`.")],
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Keep printing new lines.")
    ] = False,
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=1, help="Number of lines, from the end.")
    ] = 50,
) -> None:
    """Print the end of a part's log: kafka, elasticsearch, triton, a stage, or supervisor.

    Example: movietag logs fetch --follow
    """
    stack = home_stack(get_settings())
    names = [status.name for status in stack.status().parts]
    if part not in (*names, SUPERVISOR):
        raise UsageError(f"Unknown part {part}; known: {', '.join([*names, SUPERVISOR])}.")
    path = stack.where.log(part)
    end = path.stat().st_size if path.exists() else 0
    for line in last_lines(path, lines):
        print(plain(line))
    if follow:
        for line in tail(path, end):
            print(plain(line), flush=True)


def tail(path: Path, offset: int, pause: float = 0.2) -> Iterator[str]:
    """Yield lines added to a log after byte ``offset``, across rotations; never ends."""
    rest = b""
    while True:
        size = path.stat().st_size if path.exists() else 0
        offset = offset if size >= offset else 0  # rotated: start from the beginning
        if size > offset:
            with path.open("rb") as file:
                file.seek(offset)
                *whole, rest = (rest + file.read()).split(b"\n")
                offset = file.tell()
            yield from (line.decode(errors="replace") for line in whole)
        else:
            time.sleep(pause)
