"""``movietag service``: runs the embedded stack by systemd."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from movietag.cli.output import command, console, warn
from movietag.errors import MovietagError
from movietag.local import service as units
from movietag.settings import get_settings
from movietag.settings.home import home_layout, make_home

app = typer.Typer(
    help="The stack as a service of systemd: install, show, uninstall.", no_args_is_help=True
)

System = Annotated[
    bool, typer.Option("--system", help="For the whole machine (root); default: for this user.")
]


def _variables() -> Path:
    return home_layout(get_settings()).home / "service.env"


def _text(system: bool) -> str:
    return units.unit(_variables(), Path.cwd(), get_settings().stop_seconds, system=system)


@app.command("show")
@command
def show(system: System = False) -> None:
    """Print the unit that `install` writes, and change nothing.

    Example: movietag service show --system
    """
    print(_text(system), end="")


@app.command("install")
@command
def install(system: System = False) -> None:
    """Write the unit and the settings of this shell (MOVIETAG_…), and start the stack now and at each start of the machine.

    The settings go into `service.env` in the home, which only you may read; edit it, then `systemctl --user restart
    movietag`. The stack must be down: `movietag down`.

    Example: MOVIETAG_VIDEOS=3 movietag service install
    """
    settings, path, out = get_settings(), units.unit_path(system=system), console()
    make_home(home_layout(settings))
    units.install(path, _text(system), _variables(), units.settings_file(os.environ))
    out.print(f"Unit      {path}", soft_wrap=True)
    out.print(f"Settings  {_variables()}", soft_wrap=True)
    units.systemctl("daemon-reload", system=system)
    units.systemctl("enable", "--now", units.NAME, system=system)
    out.print("It is starting: `movietag status`.")
    if not system:
        out.print("It ends with your last session, unless you run: loginctl enable-linger")


@app.command("uninstall")
@command
def uninstall(system: System = False) -> None:
    """Stop the service, and delete its unit and settings. The data stays.

    Example: movietag service uninstall
    """
    path, out = units.unit_path(system=system), console()
    if not path.exists():
        out.print(f"There is no {path}.", soft_wrap=True)
        return
    try:
        units.systemctl("disable", "--now", units.NAME, system=system)
    except MovietagError as error:
        warn(str(error))
    path.unlink()
    _variables().unlink(missing_ok=True)
    try:
        units.systemctl("daemon-reload", system=system)
    except MovietagError as error:
        warn(str(error))
    out.print("The service is removed. The data stays.")
