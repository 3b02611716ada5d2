"""``movietag reset``: deletes the data of the embedded stack."""

from __future__ import annotations

import typer

from movietag.cli.output import YesOption, command, console
from movietag.local.stack import Stack
from movietag.settings import get_settings


@command
def reset(
    yes: YesOption = False,
) -> None:
    """Delete all data and logs of the embedded stack, after confirmation. Downloaded servers stay.

    Example: movietag reset --yes
    """
    stack = Stack(get_settings())
    home = stack.where.home
    if not yes:
        typer.confirm(f"Stop the stack in {home} and delete all its data?", abort=True)
    stack.down()
    stack.reset()
    console().print(f"Deleted all data in {home}.", soft_wrap=True)
