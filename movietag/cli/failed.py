"""``movietag failed``: the movies that failed, by reason: counts, a list, an export, a retry."""

from __future__ import annotations

import sys
from contextlib import aclosing
from pathlib import Path
from typing import Annotated

import typer

from movietag.adding import send_titles
from movietag.cli.line_table import print_lines
from movietag.cli.output import (
    FOUND,
    NOTHING,
    JsonOption,
    YesOption,
    command,
    console,
    plain,
    print_json,
    run,
)
from movietag.errors import UsageError
from movietag.exporting.formats import table_format, written_table
from movietag.exporting.tables import FAILED_TABLE
from movietag.files import replacing
from movietag.search.failures import (
    FailedMovies,
    failures,
    scan_failed,
)
from movietag.search.naming import named
from movietag.search.reader import reader
from movietag.settings import Settings, get_settings
from movietag.steering.retrying import retried_movies


@command
def failed(
    reason: Annotated[
        list[str] | None,
        typer.Option(help="Only with this reason, e.g. nothing-found; may be repeated."),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=0, max=10_000, help="Maximum number of movies listed.")
    ] = 20,
    export: Annotated[
        Path | None,
        typer.Option(help="Write all of them to this file: .csv, .jsonl or .parquet."),
    ] = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Search and fetch them again, after confirmation.")
    ] = False,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Count the movies that failed by reason, and list the newest; export or retry them.

    A retry searches again, or fetches again the videos that the title named, without the pause between automatic
    tries.

    Example: movietag failed --reason nothing-found --retry
    """
    settings, errors = get_settings(), tuple(dict.fromkeys(reason or ()))
    if export and retry:
        raise UsageError("Use --export or --retry, one after the other.")
    if json and (export or retry):
        raise UsageError("--json lists the movies: leave out --export and --retry.")
    found = run(_failures(settings, errors, limit))
    if json:
        print_json(found)
    elif export:
        run(_export(settings, errors, export))
        print(f"{export}: {found.total:,} failed movies.")
    elif retry and found.total:
        _retry(settings, errors, found.total, ask=not yes)
    else:
        print_failures(found)
    sys.exit(FOUND if found.total else NOTHING)


def print_failures(found: FailedMovies) -> None:
    """Print the counts by reason, and a line for each movie: its title and the reason's first line."""
    if not found.total:
        print("No movie has failed.")
        return
    out = console()
    counts = [(one.error, f"{one.movies:,}", one.example) for one in found.errors]
    print_lines(out, ("reason", "#movies", "for example"), counts)
    if found.movies:
        print()
        rows = [(named(one.title, one.year), f"{one.error}: {one.reason}") for one in found.movies]
        print_lines(out, ("movie", "reason"), rows, cut=(0,))
    if found.total > len(found.movies):
        print(f"{len(found.movies):,} of {found.total:,}; --limit lists more, --export all.")
    print("Try again, e.g.: " + f"movietag failed --reason {plain(found.errors[0].error)} --retry")


async def _failures(settings: Settings, errors: tuple[str, ...], limit: int) -> FailedMovies:
    async with reader(settings) as library:
        return await failures(library, errors, limit)


async def _export(settings: Settings, errors: tuple[str, ...], file: Path) -> None:
    async with reader(settings) as library, aclosing(scan_failed(library, errors)) as movies:
        with replacing(file) as part, part.open("wb") as out:
            async for rows in written_table(movies, FAILED_TABLE, table_format(file)):
                out.write(rows)


def _retry(settings: Settings, errors: tuple[str, ...], total: int, *, ask: bool) -> None:
    movies = "1 failed movie" if total == 1 else f"{total:,} failed movies"
    if ask:
        typer.confirm(f"Search and fetch {movies} again?", abort=True)
    print(f"{run(_send(settings, errors)):,} sent again. Watch them with: movietag watch")


async def _send(settings: Settings, errors: tuple[str, ...]) -> int:
    """Send the movies again as they are now; returns how many Kafka has acknowledged."""
    async with reader(settings) as library:
        values, bulk = await retried_movies(library, settings, errors)
    await send_titles(settings, values, bulk=bulk)
    return len(values)
