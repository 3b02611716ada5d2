"""The table of a search: its records, in its order, in a format."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import TypeVar

from movietag.exporting.formats import TableFormat, written_table
from movietag.exporting.tables import (
    MOVIES_TABLE,
    SCENES_TABLE,
    TAG_ROWS,
    Columns,
)
from movietag.search.every import every_movie, every_scene
from movietag.search.query import Node
from movietag.search.ranking import By
from movietag.search.reader import Reader
from movietag.search.results import TagRow
from movietag.search.scans import scan_rows
from movietag.search.scene_orders import SceneBy

R = TypeVar("R")
Seen = Callable[[str], None]
"""Receives the movie id of each row."""


async def movies_table(
    reader: Reader,
    where: Node,
    by: By | None,
    form: TableFormat,
    seen: Seen | None = None,
    since_ms: int = 0,
) -> AsyncGenerator[bytes, None]:
    """The matching movies, best first: a row a movie; ``since_ms``: those whose document was written since then.

    Raises:
        UsageError: see ``every_movie``; or a library is not installed.
        TransientError: see ``every_movie``.
    """
    async with aclosing(every_movie(reader, where, by)) as movies:
        recent = (movie async for movie in movies if movie.updated_ms >= since_ms)
        noted = _noting(recent, lambda movie: movie.movie_id, seen)
        async for part in written_table(noted, MOVIES_TABLE, form):
            yield part


async def scenes_table(
    reader: Reader,
    where: Node,
    gap: int,
    by: SceneBy | None,
    form: TableFormat,
    seen: Seen | None = None,
) -> AsyncGenerator[bytes, None]:
    """The matching scenes in their order: a row a scene. Raises like ``movies_table``."""
    async with aclosing(every_scene(reader, where, gap, by)) as scenes:
        noted = _noting(scenes, lambda scene: scene.movie_id, seen)
        async for part in written_table(noted, SCENES_TABLE, form):
            yield part


async def tags_table(
    reader: Reader, form: TableFormat, seen: Seen | None = None, since_ms: int | None = None
) -> AsyncGenerator[bytes, None]:
    """Every movie and tag, or those counted since then: a row for each, count 0 too. Raises like ``movies_table``."""
    columns: Columns[TagRow] = TAG_ROWS
    async with aclosing(scan_rows(reader, since_ms)) as rows:
        noted = _noting(rows, lambda row: row.movie_id, seen)
        async for part in written_table(noted, columns, form):
            yield part


async def _noting(
    records: AsyncIterator[R], movie_id: Callable[[R], str], seen: Seen | None
) -> AsyncIterator[R]:
    """The records; ``seen`` receives the movie of each."""
    async for record in records:
        if seen:
            seen(movie_id(record))
        yield record
