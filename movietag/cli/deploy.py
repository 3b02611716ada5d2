"""``movietag deploy``: serves a new tagger without dropping a frame."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from movietag.cli.output import FOUND, JsonOption, command, print_json, run
from movietag.errors import UsageError
from movietag.local.deploying import deploy as deployed
from movietag.local.deploying import retire as retired
from movietag.local.deploying import served
from movietag.settings import get_settings


@command
def deploy(
    model: Annotated[
        Path | None, typer.Argument(help="Folder of the model; default: list the versions served.")
    ] = None,
    *,
    change: Annotated[
        list[str] | None, typer.Option(help="A parameter of the model, e.g. max_new_tokens=64.")
    ] = None,
    retire: Annotated[
        bool, typer.Option("--retire", help="Unload versions that no unfinished movie uses.")
    ] = False,
    repository: Annotated[
        Path | None, typer.Option(help="Triton's model repository; default: the embedded one's.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Serve a model as the newest version of the tagger, next to the versions that plans already name.

    New titles are planned with it; movies in progress keep the tagger of their plan. With --retire, old
    versions are unloaded when their movies have finished.

    Example: movietag deploy models/tagger
    """
    if retire and model:
        raise UsageError("--retire unloads old versions; use it without a model.")
    if retire:
        done = run(retired(get_settings(), repository=repository))
        lines = [f"version {one.number} unloaded: {one.tagger}" for one in done.gone]
        lines += [
            f"{tagger} stays: {count} unfinished movies use it"
            for tagger, count in done.needed.items()
        ]
        answer: object = done
    elif model:
        new = run(
            deployed(
                get_settings(), model, repository=repository, changes=_parse_changes(change or [])
            )
        )
        lines = [
            f"version {new.number} is served: {new.tagger}. New plans name it.",
            "When the movies of the former version have finished: movietag deploy --retire",
        ]
        answer = new
    else:
        versions = run(served(get_settings()))
        lines = [f"version {one.number}: {one.tagger}" for one in versions]
        lines[-1] += " (new plans name it)"
        answer = versions
    if json:
        print_json(answer)
    else:
        print("\n".join(lines))
    sys.exit(FOUND)


def _parse_changes(options: list[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in options]
    for key, sign, _ in pairs:
        if not (key and sign):
            raise UsageError(f"--change is {key!r}; write it like max_new_tokens=64.")
    return {key: value for key, _, value in pairs}
