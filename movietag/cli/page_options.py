"""The options of `search` and `scenes` for further pages, and the lines that name these."""

from __future__ import annotations

from typing import Annotated

import typer

from movietag.search.results import Movies, Scenes

NextOption = Annotated[
    str, typer.Option("--next", help="Show the page after another: the `next` that it printed.")
]
PreviousOption = Annotated[
    str,
    typer.Option(
        "--previous", help="Show the page before another: the `previous` that it printed."
    ),
]


def print_pages(results: Movies | Scenes, size: int, noun: str, total: int | None = None) -> None:
    """Print which of all results these ``size`` are, and the options for the pages next to them, if there are any."""
    if not (results.next or results.previous):
        return
    if isinstance(results.first, int):
        of = f" of {total}" if total is not None else ""
        print(f"{noun} {results.first} to {results.first + size - 1}{of}; --limit shows more.")
    for name, token in (("next", results.next), ("previous", results.previous)):
        if token:
            print(f"The {name} page: the same command with --{name} {token}")
