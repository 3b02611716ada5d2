"""``movietag nfo``: writes tags into the NFO files of local videos."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import aclosing
from typing import Annotated

import msgspec
import typer

from movietag.cli.output import (
    FOUND,
    NOTHING,
    JsonOption,
    command,
    plain,
    print_json,
    print_reading,
    run,
)
from movietag.errors import UsageError
from movietag.exporting.nfo_files import NfoAction, NfoOptions, NfoStep, carry_out, nfo_steps
from movietag.search.every import every_movie
from movietag.search.reader import reader
from movietag.search.scans import scan_movies
from movietag.search.understanding import understand
from movietag.settings import Settings, get_settings


class NfoFile(msgspec.Struct, frozen=True):
    """An NFO file, what happens to it, and the tags of ours in it afterwards; ``reason``: why nothing happens."""

    path: str
    movie: str
    action: NfoAction
    tags: tuple[str, ...]
    reason: str


class NfoFiles(msgspec.Struct, frozen=True):
    """The NFO files of a search; ``written``: whether it was carried out, or is what would be done."""

    written: bool
    files: tuple[NfoFile, ...]


@command
def nfo(
    query: Annotated[
        list[str] | None,
        typer.Argument(help="Only movies that match; default: all with local videos."),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write; without it, only print what would be written.")
    ] = False,
    create: Annotated[
        bool,
        typer.Option(
            "--create", help="Also write files that do not exist (see docs/exporting.md)."
        ),
    ] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove the tags that this command has written.")
    ] = False,
    min_ratio: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Least ratio of a tag. Default: MOVIETAG_NOT_CUT."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Write a movie's tags into the NFO files next to its local videos, for Kodi and Jellyfin.

    Only elements that this command has written are ever changed or removed; all else in a file stays as it is.
    Without --write nothing is written. Videos are those below MOVIETAG_ROOTS that `movietag add --file` has named.

    Example: movietag nfo 'year:1990..1999' --min-ratio 0.2
    """
    if remove and (create or min_ratio is not None):
        raise UsageError("--remove takes neither --create nor --min-ratio.")
    settings = get_settings()
    ratio = settings.not_cut if min_ratio is None else min_ratio
    options = NfoOptions(ratio, create=create, remove=remove)
    steps = run(_steps(settings, " ".join(query or []), options))
    if write:
        steps = [_carried_out(step) for step in steps]
    done = NfoFiles(write, tuple(map(_file, steps)))
    if json:
        print_json(done)
    else:
        _print(done)
    failed = any(step.action == "skip" for step in steps)
    sys.exit(FOUND if steps and not failed else NOTHING)


async def _steps(settings: Settings, query: str, options: NfoOptions) -> list[NfoStep]:
    async with reader(settings) as library:
        understood = await understand(library, query, "movies")
        print_reading(understood.read, "nfo")
        async with aclosing(every_movie(library, understood.node)) as found:
            selected = {movie.movie_id async for movie in found}
        async with aclosing(scan_movies(library)) as movies:
            local = [movie async for movie in movies if "file" in movie.sources]
        return list(nfo_steps(local, selected, settings.roots, options))


def _carried_out(step: NfoStep) -> NfoStep:
    """The step; as one that was skipped, with the reason, if it cannot be carried out."""
    if step.action in {"write", "create", "delete"}:
        try:
            carry_out(step)
        except UsageError as error:
            return NfoStep(step.path, step.movie, "skip", step.tags, str(error))
    return step


def _file(step: NfoStep) -> NfoFile:
    return NfoFile(step.path, step.movie, step.action, step.tags, step.reason)


def _print(done: NfoFiles) -> None:
    for file in done.files:
        print(plain(f"{file.action:9} {file.path}"))
        print(plain(f"          {file.movie}: {file.reason or ', '.join(file.tags) or 'no tags'}"))
    if not done.files:
        print("No movie has local videos. To add one: movietag add TITLE --file PATH")
        return
    counts = Counter(file.action for file in done.files)
    summary = ", ".join(f"{count} {action}" for action, count in counts.items())
    print(f"{len(done.files)} files: {summary}.")
    if not done.written and set(counts) & {"write", "create", "delete"}:
        print("Nothing was written. To write: --write")
