"""``movietag merge``: merges an adapter into its base model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from movietag.cli.output import FOUND, JsonOption, command, print_json
from movietag.research.training.merging import merge as merged_into
from movietag.research.training.merging import merge_report


@command
def merge(
    run: Annotated[Path, typer.Argument(help="Folder of a finished `movietag finetune`.")],
    out: Annotated[Path, typer.Argument(help="The model: a new folder.")],
    *,
    base: Annotated[
        Path | None, typer.Option(help="Folder of the base model, if it has moved.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Merge a trained adapter into its base model, and check that both give the same answers.

    Runs on the CPU in float32: a model of 7 billion parameters takes 60 GB of memory and some minutes.

    Example: movietag merge run models/tagger
    """
    done = merged_into(run, out, base=base)
    if json:
        print_json(done)
    else:
        print(merge_report(done))
        print(f"The model is in {out}. Next: movietag deploy {out}")
    sys.exit(FOUND)
