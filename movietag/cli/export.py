"""``movietag export``: writes the table of all movies and tags."""

from __future__ import annotations

import csv
import sys
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, TextIO

import msgspec
import typer

from movietag.cli.output import FOUND, NOTHING, command, plain, print_json, run, warn
from movietag.errors import UsageError
from movietag.files import replacing
from movietag.local.drawings import NOTE, knew_drawings_only, packaged_taggers
from movietag.search.naming import FORMULA
from movietag.search.progress import marks_note
from movietag.search.reader import reader
from movietag.search.results import TagRow
from movietag.search.scans import scan_movies, scan_rows
from movietag.settings import Settings, get_settings

COLUMNS = TagRow.__struct_fields__


class Exported(msgspec.Struct, frozen=True):
    """The written file, with its numbers of movies and rows."""

    path: str
    movies: int
    rows: int


@command
def export(
    file: Annotated[Path, typer.Argument(help="CSV file to write; `-`: standard output.")] = Path(
        "movie_tags_results.csv"
    ),
    json: Annotated[
        bool, typer.Option("--json", help="Print a summary as JSON (not with `-`).")
    ] = False,
) -> None:
    """Write every movie's tags as CSV: movie_id, title, year, images, tag, count, ratio, lift, not_whole.

    Tags that a movie does not have are listed with count 0. In not_whole are the movie's captions with a bad
    quality mark: `3 cut, 1 refused`. A text that a spreadsheet would run as a formula is prefixed with a '.

    Example: movietag export movie_tags_results.csv
    """
    if file == Path("-"):
        if json:
            raise UsageError("Standard output takes either the table or --json: name a file.")
        done = run(_export(get_settings(), sys.stdout, "-"))
    else:
        with replacing(file) as part, part.open("w", encoding="utf-8", newline="") as out:
            done = run(_export(get_settings(), out, str(file)))
        if json:
            print_json(done)
        else:
            print(f"{done.path}: {done.rows} rows of {done.movies} movies.")
    if run(_of_drawings(get_settings())):
        warn(NOTE)
    sys.exit(FOUND if done.rows else NOTHING)


async def _export(settings: Settings, out: TextIO, name: str) -> Exported:
    table = csv.writer(out)  # its defaults are RFC 4180: commas, quotes doubled, CR LF
    table.writerow(COLUMNS)
    count = 0
    movies: set[str] = set()
    async with reader(settings) as library, aclosing(scan_rows(library)) as rows:
        async for row in rows:
            table.writerow(cells(row))
            movies.add(row.movie_id)
            count += 1
    return Exported(name, len(movies), count)


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


def cells(row: TagRow) -> list[str]:
    """The cells of a row: the ratio with six digits, the lift with four, no cell a formula."""
    return [
        safe(row.movie_id),
        safe(row.title),
        str(row.year or ""),
        str(row.images),
        safe(row.tag),
        str(row.count),
        f"{row.ratio:.6f}",
        f"{row.lift:.4f}",
        marks_note(row.not_whole),
    ]


def safe(text: str) -> str:
    """The text on one line, prefixed with a ' if a spreadsheet would run it as a formula."""
    text = plain(text)
    return f"'{text}" if text.startswith(FORMULA) else text
