"""``movietag deploy``: a new tagger takes over, and no frame is dropped."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from movietag.cli.output import FOUND, command, print_json, run
from movietag.errors import UsageError
from movietag.local.deploying import deploy as deployed
from movietag.local.deploying import retire as retired
from movietag.local.deploying import served
from movietag.settings import get_settings


@command
def deploy(
    model: Annotated[
        Path | None, typer.Argument(help="Folder of the model; none: list what is served.")
    ] = None,
    *,
    change: Annotated[
        list[str] | None, typer.Option(help="A parameter of its own, such as max_new_tokens=64.")
    ] = None,
    retire: Annotated[
        bool, typer.Option("--retire", help="Let go of what no unfinished movie names.")
    ] = False,
    repository: Annotated[
        Path | None, typer.Option(help="Triton's model repository; default: the embedded one's.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Serve a model as the newest version of the tagger, beside those that plans already name.

    Titles from now on are planned with it; movies under way keep the tagger of their plan. With
    --retire the old ones go when their movies are finished.

    Example: movietag deploy models/tagger
    """
    if retire and model:
        raise UsageError("--retire lets old versions go; give it without a model.")
    if retire:
        done = run(retired(get_settings(), repository=repository))
        lines = [f"version {one.number} is gone: {one.tagger}" for one in done.gone]
        lines += [
            f"{tagger} stays: {count} unfinished movies name it"
            for tagger, count in done.needed.items()
        ]
        answer: object = done
    elif model:
        new = run(
            deployed(get_settings(), model, repository=repository, changes=_changes(change or []))
        )
        lines = [
            f"version {new.number} is served: {new.tagger}. New plans name it.",
            "Some minutes later, when movies of the former are finished: movietag deploy --retire",
        ]
        answer = new
    else:
        found = run(served(get_settings()))
        lines = [f"version {one.number}: {one.tagger}" for one in found]
        lines[-1] += " (new plans name it)"
        answer = found
    if json:
        print_json(answer)
    else:
        print("\n".join(lines))
    sys.exit(FOUND)


def _changes(given: list[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    for key, sign, _ in pairs:
        if not (key and sign):
            raise UsageError(f"--change is {key!r}; give it like max_new_tokens=64.")
    return {key: value for key, _, value in pairs}
