"""``movietag demo``: the whole way, on movies that are drawn here."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from movietag.cli.output import FOUND, NOTHING, command
from movietag.settings import settings


@command
def demo(
    keep_up: Annotated[bool, typer.Option(help="Leave the stack running at the end.")] = False,
) -> None:
    """Draw movies with known tags, tag them on real servers, search them, compare with the truth.

    Ends with 0 only if every expected count came out.

    Example: movietag demo --keep-up
    """
    from movietag.demo.show import run_demo  # noqa: PLC0415  # drawing needs heavy packages

    sys.exit(FOUND if run_demo(settings(), keep_up=keep_up) else NOTHING)
