"""``movietag export``: writes tables of the library, and tags in the forms of other programs."""

from __future__ import annotations

import sys
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from msgspec import UnsetType

from movietag.cli.export_run import (
    STDOUT,
    TAG_FORMATS,
    AnyOrder,
    ExportFormat,
    ExportRequest,
    ExportTally,
    run_export,
)
from movietag.cli.output import FOUND, NOTHING, command, print_json, run, says_when_stopped, warn
from movietag.cli.when import parse_time
from movietag.exporting.formats import table_format
from movietag.exporting.tables import TableName
from movietag.local.drawings import NOTE, knew_drawings_only, packaged_taggers
from movietag.search.reader import reader
from movietag.search.scans import scan_movies
from movietag.settings import Settings, get_settings


@command
def export(
    file: Annotated[
        Path, typer.Argument(help="File to write (movielens: folder); `-`: standard output.")
    ] = Path("movie_tags_results.csv"),
    query: Annotated[
        list[str] | None,
        typer.Argument(help="Only what matches this query, e.g. 'horror>=30%', or plain words."),
    ] = None,
    table: Annotated[
        TableName | None,
        typer.Option(
            help="A row per movie and tag of all movies, per movie, or per scene."
            " Default: movies with a query, else tags."
        ),
    ] = None,
    by: Annotated[
        AnyOrder | None,
        typer.Option(help="Order, as of `movietag search` or `movietag scenes`."),
    ] = None,
    saved: Annotated[str, typer.Option(help="Name of a saved search; the query adds to it.")] = "",
    format_: Annotated[
        ExportFormat | None,
        typer.Option("--format", help="Default: what FILE ends in (.jsonl, .parquet), else csv."),
    ] = None,
    min_ratio: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Of kometa and movielens: least ratio. Default: MOVIETAG_NOT_CUT."
        ),
    ] = None,
    links: Annotated[
        Path | None,
        typer.Option(help="Of movielens: a links.csv of MovieLens, whose movie ids are used."),
    ] = None,
    since: Annotated[
        str,
        typer.Option(
            help="Of tags and movies: only what was counted since this time: 2026-03-01T18:30, or 7d (ago)."
        ),
    ] = "",
    json: Annotated[
        bool, typer.Option("--json", help="Print a summary as JSON (not with `-`).")
    ] = False,
) -> None:
    """Write a table as CSV, JSON lines or Parquet: every movie's tags, or the movies or scenes of a search.

    Without a query: movie_id, title, year, images, tag, count, ratio, lift, not_whole, status, partial, added, updated, also of tags that a movie
    does not have; failed movies without images are left out. In not_whole are the movie's captions with a bad quality mark: `3 cut, 1 refused`. In CSV, a text
    that a spreadsheet would run as a formula is prefixed with a '. docs/exporting.md lists all columns.

    Two formats have the tags of movies for other programs: kometa is a metadata file with labels for Plex, movielens a
    folder with tags.csv, links.csv and movies.csv. `movietag nfo` writes those of Kodi and Jellyfin.

    Example: movietag export found.csv 'horror>=30% and not comedy'
    """
    settings = get_settings()
    form = format_ or table_format(file)
    text = " ".join(query or [])
    default: TableName = "movies" if text or saved or form in TAG_FORMATS else "tags"
    ratio = settings.not_cut if min_ratio is None else min_ratio
    since_ms = parse_time(since, datetime.now(UTC))
    request = ExportRequest(table or default, text, saved, by, form, ratio, links, since_ms)
    request.check(file, json=json)
    tally = ExportTally()
    whole = "" if file == STDOUT else f" {file} is as it was before;"

    def far() -> str:
        return f"Stopped: {tally.rows:,} rows of {len(tally.movies):,} movies were read.{whole} run the command again."

    with says_when_stopped(far):
        done = run(run_export(settings, request, file, tally))
    if json:
        print_json(done)
    elif file != STDOUT:
        print(f"{done.path}: {done.rows} rows of {done.movies} movies.")
    if not isinstance(done.left_out, UnsetType):
        warn(
            f"Failed movies without images that are left out: {done.left_out}."
            " movietag search images:0 lists them, movietag failed says why."
        )
    if run(_of_drawings(settings)):
        warn(NOTE)
    sys.exit(FOUND if done.rows else NOTHING)


async def _of_drawings(settings: Settings) -> bool:
    """Whether the packaged model has tagged a movie that is not the demo's."""
    taggers = packaged_taggers(settings.vocabulary)
    async with (
        reader(settings) as library,
        aclosing(scan_movies(library, sorted(taggers))) as movies,
    ):
        async for movie in movies:
            if knew_drawings_only(movie, settings.vocabulary):
                return True
    return False
