"""Every command under one name, in the order in which people meet them."""

from __future__ import annotations

import typer

from movietag.cli import dead
from movietag.cli.add import add
from movietag.cli.demo import demo
from movietag.cli.doctor import doctor
from movietag.cli.down import down
from movietag.cli.export import export
from movietag.cli.forget import forget
from movietag.cli.logs import logs
from movietag.cli.reset import reset
from movietag.cli.scenes import scenes
from movietag.cli.search import search
from movietag.cli.show import show
from movietag.cli.status import status
from movietag.cli.up import up
from movietag.cli.watch import watch

app = typer.Typer(
    name="movietag",
    help="Movie titles in, searchable tags out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

LIBRARY = "The library"
STACK = "The stack on this machine"

for command in (add, watch, search, scenes, show, export, forget):
    app.command(rich_help_panel=LIBRARY)(command)
app.add_typer(dead.app, name="dead", rich_help_panel=LIBRARY)
for command in (demo, up, down, status, logs, reset, doctor):
    app.command(rich_help_panel=STACK)(command)
