"""The group of all commands; each is imported only when it is called, as their dependencies are large."""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any, Final

import typer
from typer.completion import get_completion_inspect_parameters
from typer.core import TyperGroup
from typer.exceptions import TyperException

from movietag.cli.pipes import ended_by_reader
from movietag.cli.query_command import QueryCommand

LIBRARY = "The library"
TAGGER = "The tagger"
STACK = "The stack on this machine"

# In the order in which users need them. Each is a function, or a group called `app`, in the module of its name.
PANELS = {
    **dict.fromkeys(
        ("add", "watch", "search", "searches", "scenes", "show", "similar", "clip", "export"),
        LIBRARY,
    ),
    "nfo": LIBRARY,
    **dict.fromkeys(
        (
            "forget",
            "cancel",
            "pause",
            "resume",
            "failed",
            "dead",
            "topics",
            "recount",
            "retag",
            "embed",
            "recaption",
            "frames",
            "prompts",
        ),
        LIBRARY,
    ),
    "vocabulary": LIBRARY,
    **dict.fromkeys(("evaluate", "figures", "serve", "webhook", "mcp"), LIBRARY),
    **dict.fromkeys(("dataset", "finetune", "calibrate", "merge", "deploy", "ablate"), TAGGER),
    **dict.fromkeys(
        ("demo", "up", "down", "status", "logs", "service", "reset", "doctor", "completion"),
        STACK,
    ),
}

TAKE_A_QUERY: Final = ("search", "scenes")

# What people type from the habit of other tools.
MEANT: Final = {
    **dict.fromkeys(("find", "query", "list", "ls"), "search"),
    **dict.fromkeys(("delete", "remove", "rm"), "forget"),
    **dict.fromkeys(("progress", "tail"), "watch"),
    **dict.fromkeys(("start", "run"), "up"),
    **dict.fromkeys(("stop", "kill"), "down"),
    **dict.fromkeys(("letters", "errors"), "dead"),
    **dict.fromkeys(("failures", "retry"), "failed"),
    "info": "show",
    "web": "serve",
    "help": "--help",
    "version": "--version",
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
            kind = QueryCommand if cmd_name in TAKE_A_QUERY else None
            made.command(cmd_name, cls=kind)(getattr(module, cmd_name))
        command = typer.main.get_command(made)
        command.name = cmd_name
        vars(command)["rich_help_panel"] = PANELS[cmd_name]
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the arguments name; the error for another name offers those near to it."""
        try:
            return super().resolve_command(ctx, args)
        except TyperException as error:
            name = args[0]
            near = [MEANT[name]] if name in MEANT else get_close_matches(name, PANELS)
            if near:
                error.message = f"No such command {name!r}. Did you mean {' or '.join(near)}?"
            raise

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the program, from its arguments to its exit code; help and version are output, too."""
        with ended_by_reader():
            return super().main(*args, **extra)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"movietag {version('movietag')}")
        raise typer.Exit


if "_MOVIETAG_COMPLETE" in os.environ:  # set by the scripts of `movietag completion`
    get_completion_inspect_parameters()  # it registers the shells
app = typer.Typer(
    cls=Commands,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(no_args_is_help=True)
def movietag(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Movie titles in, searchable tags out."""
    if sys.__stderr__ and not faulthandler.is_enabled():
        faulthandler.enable(sys.__stderr__)  # prints a traceback if a C library crashes
    logging.getLogger("aiokafka").setLevel(
        logging.CRITICAL
    )  # the commands report its errors themselves
