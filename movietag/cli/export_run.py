"""What ``movietag export`` writes: a table of a search, or its movies' tags in the form of another program."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, Literal, get_args

import msgspec

from movietag.cli.output import print_reading
from movietag.errors import UsageError
from movietag.exporting.kometa import kometa_metadata
from movietag.exporting.movielens import read_links, write_movielens
from movietag.exporting.searched import movies_table, scenes_table, tags_table
from movietag.exporting.tables import TableName
from movietag.files import new_folder, replacing
from movietag.search.every import every_movie
from movietag.search.query import Node, both
from movietag.search.query.fields import Kind
from movietag.search.ranking import By
from movietag.search.reader import Reader, reader
from movietag.search.saved import saved_query
from movietag.search.scene_orders import SceneBy
from movietag.search.uncounted import count_failed
from movietag.search.understanding import understand
from movietag.settings import Settings

ExportFormat = Literal["csv", "jsonl", "parquet", "kometa", "movielens"]
AnyOrder = Literal["ratio", "lift", "recency", "text", "meaning", "title", "length"]
"""The orders of movies and of scenes."""
MOVIE_ORDERS: Final[tuple[By, ...]] = get_args(By)
SCENE_ORDERS: Final[tuple[SceneBy, ...]] = get_args(SceneBy)
TAG_FORMATS: Final = ("kometa", "movielens")
STDOUT: Final = Path("-")


class Exported(msgspec.Struct, frozen=True):
    """The written file or folder, with its numbers of movies and rows.

    ``left_out``: failed movies without images, which the table of tags does not have; absent if there are none.
    """

    path: str
    movies: int
    rows: int
    left_out: int | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to write, and in which format; ``min_ratio`` and ``links`` are of the formats ``TAG_FORMATS``."""

    table: TableName
    query: str
    saved: str
    by: AnyOrder | None
    format: ExportFormat
    min_ratio: float
    links: Path | None = None
    since_ms: int | None = None

    @property
    def movie_order(self) -> By | None:
        """The order, if it is one of movies."""
        return next((one for one in MOVIE_ORDERS if one == self.by), None)

    @property
    def scene_order(self) -> SceneBy | None:
        """The order, if it is one of scenes."""
        return next((one for one in SCENE_ORDERS if one == self.by), None)

    def check(self, file: Path, *, json: bool) -> None:
        """Check that its parts fit together.

        Raises:
            UsageError: they do not.
        """
        if self.table == "tags" and (self.query or self.saved or self.by):
            raise UsageError("The table of tags has all movies: use --table movies for a search.")
        orders = SCENE_ORDERS if self.table == "scenes" else MOVIE_ORDERS
        if self.by and self.by not in orders:
            raise UsageError(f"--by of {self.table} must be one of {', '.join(orders)}.")
        if self.format in TAG_FORMATS and self.table != "movies":
            raise UsageError(f"The format {self.format} has movies: leave out --table.")
        if self.since_ms is not None and (self.table == "scenes" or self.format in TAG_FORMATS):
            raise UsageError("--since is of the tables tags and movies.")
        if self.links and self.format != "movielens":
            raise UsageError("--links is of the format movielens.")
        if file == STDOUT and self.format == "movielens":
            raise UsageError("The format movielens has several files: name a folder for them.")
        if file == STDOUT and json:
            raise UsageError("Standard output takes either the table or --json: name a file.")


@dataclass(slots=True)
class ExportTally:
    """What was written so far: rows, and the movies that they are of."""

    rows: int = 0
    movies: set[str] = field(default_factory=set)

    def add(self, movie_id: str) -> None:
        """Count a row."""
        self.rows += 1
        self.movies.add(movie_id)


async def run_export(
    settings: Settings, request: ExportRequest, file: Path, tally: ExportTally
) -> Exported:
    """Write the file or folder, whole or not at all.

    Raises:
        UsageError: it cannot be written, or the query is invalid.
        TransientError: the server is unreachable.
    """
    async with reader(settings) as library:
        if request.format == "movielens":
            ids = read_links(request.links)
            where = await _where(library, request)
            with new_folder(file) as part:
                async with aclosing(every_movie(library, where, request.movie_order)) as movies:
                    counts = await write_movielens(movies, part, ids, request.min_ratio)
            return Exported(str(file), *counts)
        if file == STDOUT:
            return await _write(library, settings, request, sys.stdout.buffer, "-", tally)
        with replacing(file) as part, part.open("wb") as out:
            return await _write(library, settings, request, out, str(file), tally)


async def _write(
    library: Reader,
    settings: Settings,
    request: ExportRequest,
    out: BinaryIO,
    name: str,
    tally: ExportTally,
) -> Exported:
    async with aclosing(await _parts(library, settings, request, tally)) as parts:
        async for part in parts:
            out.write(part)
    out.flush()
    failed = await count_failed(library.indices) if request.table == "tags" else 0
    return Exported(name, len(tally.movies), tally.rows, failed or msgspec.UNSET)


async def _parts(
    library: Reader, settings: Settings, request: ExportRequest, tally: ExportTally
) -> AsyncGenerator[bytes, None]:
    """What is written, in parts."""
    form = request.format
    assert form != "movielens"  # several files
    if form == "kometa":
        movies = every_movie(library, await _where(library, request), request.movie_order)
        return kometa_metadata(movies, request.min_ratio, tally.add)
    if request.table == "tags":
        return tags_table(library, form, tally.add, request.since_ms)
    where = await _where(library, request)
    if request.table == "movies":
        order, since = request.movie_order, request.since_ms or 0
        return movies_table(library, where, order, form, tally.add, since)
    gap = settings.scene_gap
    return scenes_table(library, where, gap, request.scene_order, form, tally.add)


async def _where(library: Reader, request: ExportRequest) -> Node:
    """The query; how plain words were read is printed."""
    kind: Kind = "frames" if request.table == "scenes" else "movies"
    understood = await understand(library, request.query, kind)
    print_reading(understood.read, "scenes" if kind == "frames" else "search")
    more = [await saved_query(library, request.saved)] if request.saved else []
    return both(understood.node, *more)
