"""The group of all commands; each is imported only when it is called, as their dependencies are large."""

from __future__ import annotations

import faulthandler
import logging
import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

LIBRARY = "The library"
TAGGER = "The tagger"
STACK = "The stack on this machine"

# In the order in which users need them. Each is a function, or a group called `app`, in the module of its name.
PANELS = {
    **dict.fromkeys(
        ("add", "watch", "search", "searches", "scenes", "show", "similar", "export", "forget"),
        LIBRARY,
    ),
    **dict.fromkeys(
        ("dead", "topics", "recount", "retag", "embed", "recaption", "frames", "prompts"), LIBRARY
    ),
    "vocabulary": LIBRARY,
    **dict.fromkeys(("evaluate", "figures", "serve"), LIBRARY),
    **dict.fromkeys(("dataset", "finetune", "calibrate", "merge", "deploy", "ablate"), TAGGER),
    **dict.fromkeys(("demo", "up", "down", "status", "logs", "reset", "doctor"), STACK),
}


class Commands(TyperGroup):
    """The commands of ``PANELS``."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of the commands."""
        return list(PANELS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command with a name; None if it does not exist."""
        if cmd_name not in PANELS:
            return None
        module = import_module(f"movietag.cli.{cmd_name}")
        made = getattr(module, "app", None)
        if made is None:
            made = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            made.command(cmd_name)(getattr(module, cmd_name))
        command = typer.main.get_command(made)
        command.name = cmd_name
        vars(command)["rich_help_panel"] = PANELS[cmd_name]
        return command


app = typer.Typer(
    cls=Commands,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(no_args_is_help=True)
def movietag() -> None:
    """Movie titles in, searchable tags out."""
    if sys.__stderr__ and not faulthandler.is_enabled():
        faulthandler.enable(sys.__stderr__)  # prints a traceback if a C library crashes
    logging.getLogger("aiokafka").setLevel(
        logging.CRITICAL
    )  # the commands report its errors themselves
