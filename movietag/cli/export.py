"""``movietag export``: writes tables of the library for other programs."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import typer

from movietag.cli.output import FOUND, NOTHING, command, print_json, print_reading, run, warn
from movietag.errors import UsageError
from movietag.exporting.formats import TableFormat, table_format
from movietag.exporting.searched import movies_table, scenes_table, tags_table
from movietag.exporting.tables import TableName
from movietag.files import replacing
from movietag.local.drawings import NOTE, knew_drawings_only, packaged_taggers
from movietag.search.query import both
from movietag.search.query.fields import Kind
from movietag.search.ranking import By
from movietag.search.reader import Reader, reader
from movietag.search.saved import saved_query
from movietag.search.scans import scan_movies
from movietag.search.understanding import understand
from movietag.settings import Settings, get_settings


class Exported(msgspec.Struct, frozen=True):
    """The written file, with its numbers of movies and rows."""

    path: str
    movies: int
    rows: int


@dataclass(frozen=True, slots=True)
class TableRequest:
    """Which table to write, in which format."""

    table: TableName
    query: str
    saved: str
    by: By | None
    format: TableFormat


@dataclass(slots=True)
class _Tally:
    """Counts rows and their movies; a movie's rows follow each other."""

    rows: int = 0
    movies: set[str] = field(default_factory=set)

    def add(self, movie_id: str) -> None:
        """Count a row."""
        self.rows += 1
        self.movies.add(movie_id)


@command
def export(
    file: Annotated[Path, typer.Argument(help="File to write; `-`: standard output.")] = Path(
        "movie_tags_results.csv"
    ),
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
    by: Annotated[By | None, typer.Option(help="Order of movies, as of `movietag search`.")] = None,
    saved: Annotated[str, typer.Option(help="Name of a saved search; the query adds to it.")] = "",
    format_: Annotated[
        TableFormat | None,
        typer.Option("--format", help="Default: what FILE ends in (.jsonl, .parquet), else csv."),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print a summary as JSON (not with `-`).")
    ] = False,
) -> None:
    """Write a table as CSV, JSON lines or Parquet: every movie's tags, or the movies or scenes of a search.

    Without a query: movie_id, title, year, images, tag, count, ratio, lift, not_whole, also of tags that a movie
    does not have. In not_whole are the movie's captions with a bad quality mark: `3 cut, 1 refused`. In CSV, a text
    that a spreadsheet would run as a formula is prefixed with a '. docs/exporting.md lists all columns.

    Example: movietag export found.csv 'horror>=30% and not comedy'
    """
    text = " ".join(query or [])
    selects = bool(text or saved)
    request = TableRequest(
        table or ("movies" if selects else "tags"), text, saved, by, format_ or table_format(file)
    )
    if request.table == "tags" and (selects or by):
        raise UsageError("The table of tags has all movies: use --table movies for a search.")
    if request.table == "scenes" and by:
        raise UsageError("Scenes have one order: leave out --by.")
    if file == Path("-"):
        if json:
            raise UsageError("Standard output takes either the table or --json: name a file.")
        done = run(_export(get_settings(), request, sys.stdout.buffer, "-"))
    else:
        with replacing(file) as part, part.open("wb") as out:
            done = run(_export(get_settings(), request, out, str(file)))
        if json:
            print_json(done)
        else:
            print(f"{done.path}: {done.rows} rows of {done.movies} movies.")
    if run(_of_drawings(get_settings())):
        warn(NOTE)
    sys.exit(FOUND if done.rows else NOTHING)


async def _export(settings: Settings, request: TableRequest, out: BinaryIO, name: str) -> Exported:
    tally = _Tally()
    async with reader(settings) as library:
        parts = await _parts(library, settings, request, tally)
        async with aclosing(parts):
            async for part in parts:
                out.write(part)
    out.flush()
    return Exported(name, len(tally.movies), tally.rows)


async def _parts(
    library: Reader, settings: Settings, request: TableRequest, tally: _Tally
) -> AsyncGenerator[bytes, None]:
    """The table in parts; how plain words were read is printed."""
    if request.table == "tags":
        return tags_table(library, request.format, tally.add)
    kind: Kind = "movies" if request.table == "movies" else "frames"
    understood = await understand(library, request.query, kind)
    print_reading(understood.read, "search" if kind == "movies" else "scenes")
    more = [await saved_query(library, request.saved)] if request.saved else []
    where = both(understood.node, *more)
    if kind == "movies":
        return movies_table(library, where, request.by, request.format, tally.add)
    return scenes_table(library, where, settings.scene_gap, request.format, tally.add)


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
