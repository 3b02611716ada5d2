"""``movietag figures``: draws the paper's figures, and one more."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from movietag.cli.output import FOUND, command, print_json
from movietag.errors import UsageError
from movietag.files import write_whole
from movietag.research.evaluation.results import read_evaluation
from movietag.research.evaluation.tags import Group


class Drawn(msgspec.Struct, frozen=True):
    """The files that were written."""

    files: tuple[str, ...]


@command
def figures(
    evaluation: Annotated[
        Path, typer.Argument(help="The file of `movietag evaluate --out`, with at least two runs.")
    ],
    folder: Annotated[Path, typer.Option(help="Folder to write to; created if missing.")] = Path(
        "figures"
    ),
    group: Annotated[
        Group | None,
        typer.Option(
            help="The tags: strict (the genome's own words), other or all. Default: strict; of your own"
            " reference, all."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the files' names as JSON.")] = False,
) -> None:
    """Draw the paper's figures 2 to 5, before and after, and precision against match ratio, as SVG and PNG.

    "Before" is the first run, "after" the last. Needs the extra `evaluation`.

    Example: movietag figures evaluation.json --folder docs/figures
    """
    scored = read_evaluation(evaluation)
    if find_spec("matplotlib") is None:
        raise UsageError('Figures need matplotlib: pip install "movietag[evaluation]".')
    from movietag.research.evaluation.figures import figures as drawn  # noqa: PLC0415  # matplotlib: 0.5 s

    made = drawn(scored, group or ("all" if scored.kind == "own" else "strict"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"Cannot create {folder}: {error.strerror or error}.") from None
    for name, content in made.items():
        write_whole(folder / name, content)
    files = Drawn(tuple(str(folder / name) for name in made))
    if json:
        print_json(files)
    else:
        print("\n".join(files.files))
    sys.exit(FOUND)
